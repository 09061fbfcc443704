"""Nothing is ever sent to another machine: whatever the environment says, only loopback addresses are connected to."""

import ast
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

import app
from app.core.deliver import answer
from app.core.deliver.answer import ask_llama_app, ask_llama_server, ask_ollama
from app.core.deliver.listening_place import Place, place_of
from app.core.deliver.lm_studio_answer import ask_lm_studio
from app.core.deliver.loopback import NotRunningError, ask_json
from app.core.deliver.model_file import read_model_file
from app.core.deliver.ollama import deliver_to_ollama, ollama_place
from app.core.errors import DeliveryError

APP = Path(app.__file__).parent
NETWORKING = {"socket", "http", "urllib", "ssl", "ftplib", "smtplib", "asyncio", "requests", "httpx", "aiohttp"}
# Besides arrival: llama.cpp's server in a child of ours, and the pair of sockets by which signals wake the window
ALLOWED = {
    *("core/deliver/loopback.py", "core/deliver/upload.py"),
    *("core/verify/engines/template_server.py", "ui/application.py"),
}


@pytest.fixture
def connected_to(monkeypatch):
    """Every address that the process connects to, or looks up."""
    seen: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def noted_connect(self, address):
        seen.append(address[0])
        return connect(self, address)

    def noted_look_up(host, *others, **how):
        seen.append(host)
        return look_up(host, *others, **how)

    monkeypatch.setattr(socket.socket, "connect", noted_connect)
    monkeypatch.setattr(socket, "getaddrinfo", noted_look_up)
    return seen


@pytest.fixture(autouse=True)
def proxies(monkeypatch):
    """As on a machine that sends everything through a proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_only_this_machine_is_ever_connected_to(ollama, gguf, connected_to):
    found = deliver_to_ollama(read_model_file(gguf))
    ask_ollama(found.place, found.name)
    asks = (
        lambda: ask_lm_studio("me", "x", 1, place=Place("x", "127.0.0.1", 9)),
        lambda: ask_llama_server(gguf, Place("x", "127.0.0.1", 9)),
    )
    for ask in (*asks, lambda: ask_llama_app("x", Place("x", "::1", 9))):
        with pytest.raises(NotRunningError):
            ask()
    assert len(connected_to) > 10
    assert [one for one in connected_to if not ip_address(one).is_loopback] == []


@pytest.mark.parametrize(
    "host",
    [
        "192.0.2.1",
        "example.com",
        "http://example.com:11434",
        "ollama.com",
        "10.0.0.5:11434",
        "[2001:db8::1]:11434",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "127.0.0.1@example.com",
        "user:127.0.0.1@example.com:80",
        "2130706433",
        "[::1%eth0]:11434",
        "my-mac.local",
        "0.0.0.1",
    ],
)
def test_another_machine_is_refused(gguf, monkeypatch, connected_to, host):
    monkeypatch.setenv("OLLAMA_HOST", host)
    with pytest.raises(DeliveryError, match="is not this machine") as caught:
        deliver_to_ollama(read_model_file(gguf))
    assert caught.value.hint
    assert connected_to == []


def test_a_place_made_in_another_way_is_refused_too(connected_to):
    with pytest.raises(ValueError, match=r"192\.0\.2\.1"):
        ask_json(Place("x", "192.0.2.1", 80), "/")
    assert connected_to == []


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("", "http://127.0.0.1:11434"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:5000", "http://127.0.0.1:5000"),
        (":5000", "http://127.0.0.1:5000"),
        ("[::]:5000", "http://[::1]:5000"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
        ("http://localhost:8080/", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/ollama", "http://127.0.0.1:8080/ollama"),
        ("127.0.0.1:66000", "http://127.0.0.1:11434"),
        (' "127.0.0.1:8080" ', "http://127.0.0.1:8080"),
    ],
)
def test_a_host_is_read_as_ollama_reads_it(monkeypatch, said, place):
    """envconfig/config_test.go, TestHost, and ConnectableHost; names are this machine's without being looked up."""
    monkeypatch.setenv("OLLAMA_HOST", said)
    assert str(ollama_place()) == place


def test_https_is_refused(monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "https://127.0.0.1")
    with pytest.raises(DeliveryError, match="speaks plain http only"):
        ollama_place()


def test_usual_places_are_on_this_machine():
    for port in (answer.LM_STUDIO_PORT, answer.LLAMA_SERVER_PORT, answer.LLAMA_APP_PORT):
        assert place_of("x", "127.0.0.1", port).host == "127.0.0.1"


def test_nothing_else_in_the_program_speaks_over_sockets():
    """What imports a module for it is known by name."""
    found = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if NETWORKING & {name.split(".")[0] for name in names}:
                found.add(str(path.relative_to(APP)))
    assert found == ALLOWED
