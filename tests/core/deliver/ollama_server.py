"""A server that behaves as Ollama's source says (ollama/ollama, fb3076099), and as badly as it is told to."""

import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.core.weights.gguf_header import HeaderLimits, read_header

LIMITS = HeaderLimits(1 << 24, 1 << 12, 1 << 10, 1 << 20)
FULL = "write /home/me/.ollama/models/blobs/sha256-1: no space left on device"  # Go's text of ENOSPC in a PathError


@dataclass
class Ollama:
    """Its store, what it was asked for, and what goes wrong: `faults`, by name, called in their place."""

    port: int = 0
    version: str = "0.30.0"
    blobs: dict[str, bytes] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, Callable[["Handler"], bool]] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    @property
    def ollama(self) -> Ollama:
        return self.server.ollama

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def do_HEAD(self) -> None:
        """server/routes.go, HeadBlobHandler: 400 for what is no digest, 404, or 200."""
        self._note()
        digest = self.path.rpartition("/")[2]
        status = 400 if not _is_digest(digest) else 200 if digest in self.ollama.blobs else 404
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """routes.go: /api/version alone."""
        self._note()
        if not self._fault("version"):
            self.say(200, {"version": self.ollama.version})

    def do_POST(self) -> None:
        self._note()
        if self.path.startswith("/api/blobs/"):
            self._blob(self.path.rpartition("/")[2])
            return
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        {"/api/show": self._show, "/api/create": self._create, "/api/chat": self._chat}[self.path](request)

    def _blob(self, digest: str) -> None:
        """CreateBlobHandler and manifest/layer.go, NewLayer: all is hashed, and kept only where the digest is right."""
        if self._fault("blob"):
            return
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if len(content) < int(self.headers["Content-Length"]):
            return  # the client is gone; the temporary file is removed
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if found != digest:
            self.say(400, {"error": f'digest mismatch, expected "{found}", got "{digest}"'})
            return
        self.ollama.blobs[digest] = content
        self.say(201)

    def _show(self, request: dict[str, Any]) -> None:
        """ShowHandler: names without a tag are those of `latest`."""
        if self._fault("show"):
            return
        found = self.ollama.models.get(_full(request["model"]))
        if found is None:
            self.say(404, {"error": f"model '{request['model']}' not found"})
        else:
            self.say(200, found)

    def _create(self, request: dict[str, Any]) -> None:
        """server/create.go: statuses in their order, one object a line; what exists is replaced without a question."""
        if self._fault("create"):
            return
        self.ollama.created.append(request)
        missing = next((one for one in request["files"].values() if one not in self.ollama.blobs), None)
        if missing is not None:  # os.Open in ggufLayers
            self.say(500, {"error": f"open {missing.replace(':', '-')}: no such file or directory"})
            return
        first = self.ollama.blobs[next(iter(request["files"].values()))]
        with self.stream() as write:
            write({"status": "parsing GGUF"})
            if self._fault("copy"):
                return
            size = len(first)
            for done in (0, size // 2, size):
                write({"status": "copying", "digest": "0" * 19, "total": size, "completed": done})
            write({"status": "writing manifest"})
            self.ollama.models[_full(request["model"])] = {
                "model_info": read_header(first, LIMITS).keys
                and {"general.architecture": read_header(first, LIMITS).keys["general.architecture"]},
                "system": request.get("system", ""),
            }
            write({"status": "success"})

    def _chat(self, request: dict[str, Any]) -> None:
        """ChatHandler with stream false: one object with the message."""
        if self._fault("chat"):
            return
        self.ollama.asked.append(request)
        if _full(request["model"]) not in self.ollama.models:
            self.say(404, {"error": f"model '{request['model']}' not found"})
        else:
            self.say(200, {"message": {"role": "assistant", "content": " Paris.\nIt is."}, "done": True})

    def say(self, status: int, content: Any = None) -> None:
        """A whole answer."""
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @contextmanager
    def stream(self) -> Iterator[Callable[[Any], None]]:
        """streamResponse: chunks as they come, application/x-ndjson."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def write(content: Any) -> None:
            line = json.dumps(content).encode() + b"\n"
            self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")

        yield write
        if not self.close_connection:
            self.wfile.write(b"0\r\n\r\n")

    def write_line(self, content: Any) -> None:
        """One more chunk of a stream."""
        line = json.dumps(content).encode() + b"\n"
        self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")

    def cut(self) -> None:
        """As a server that is killed."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _note(self) -> None:
        self.ollama.requests.append((self.command, self.path))

    def _fault(self, name: str) -> bool:
        fault = self.ollama.faults.get(name)
        return fault is not None and fault(self)


class Server(ThreadingHTTPServer):
    """On the loopback interface, on any port."""

    daemon_threads = True

    def __init__(self, ollama: Ollama) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ollama = ollama
        ollama.port = self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of the test."""


@contextmanager
def running_ollama() -> Iterator[Ollama]:
    """A new one, until the end of the block."""
    ollama = Ollama()
    with Server(ollama) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield ollama
        finally:
            server.shutdown()
            thread.join()


def _is_digest(said: str) -> bool:
    return re.fullmatch("sha256[:-][0-9a-fA-F]{64}", said) is not None  # manifest/paths.go, BlobsPath


def _full(name: str) -> str:
    """types/model/name.go: names are the same whatever their case (getExistingName), `latest` is the usual tag."""
    return (name if ":" in name else f"{name}:latest").lower()
