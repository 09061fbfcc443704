"""Where programs of this machine listen; another machine is refused."""

import os
from dataclasses import dataclass
from ipaddress import ip_address

from app.core.errors import DeliveryError
from app.core.text import in_one_line, text

HTTP_PORT = 80
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # what a server listens on is no address to call


@dataclass(frozen=True)
class Place:
    """Where a program of this machine listens; `program` is its name."""

    program: str
    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.path}"


def place_of(program: str, host: str, port: int, path: str = "") -> Place:
    """A place on this machine. Raises DeliveryError for any other."""
    name = ANYWHERE.get(host, "127.0.0.1" if host.lower() in ("", "localhost") else host)
    if not is_loopback(name):
        raise DeliveryError(
            text(
                "{program} is said to be at {host}, which is not this machine.", program=program, host=in_one_line(host)
            ),
            text("MLX Ferry sends nothing over a network: use the address 127.0.0.1."),
        )
    return Place(program, name, port, path)


def is_loopback(host: str) -> bool:
    """Whether it is a number, and one of this machine's own."""
    try:
        return "%" not in host and ip_address(host).is_loopback
    except ValueError:
        return False


def place_from_environment(program: str, variable: str, default_port: int) -> Place:
    """As Ollama's envconfig/config.go (Host, ConnectableHost) reads it. Raises DeliveryError."""
    said = os.environ.get(variable, "").strip().strip("\"'")
    scheme, found, rest = said.partition("://")
    if not found:
        scheme, rest = "http", said
    elif scheme == "http":
        default_port = HTTP_PORT
    if scheme != "http":
        raise DeliveryError(
            text("{variable} is {value}, and MLX Ferry speaks plain http only.", variable=variable, value=said),
            text("On this machine nothing needs to be encrypted: use an address that begins with http."),
        )
    host_and_port, slash, path = rest.partition("/")
    host, port = _divided(host_and_port, default_port)
    return place_of(program, host, port, (slash + path).rstrip("/"))


def _divided(host_and_port: str, default_port: int) -> tuple[str, int]:
    """Host and port; a port that is none counts as the usual one, as in Ollama."""
    host, colon, port = host_and_port.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):  # no port, or an IPv6 address by itself
        return host_and_port.strip("[]"), default_port
    number = int(port) if port.isascii() and port.isdigit() else -1
    return host.strip("[]"), number if 0 <= number < 1 << 16 else default_port
