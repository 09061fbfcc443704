"""What LM Studio's local server and Llama.app's router answer to one question, in OpenAI's form.

llama.cpp tools/server/README.md, GET /v1/models and POST /v1/chat/completions; LM Studio docs, OpenAI compatibility.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT = "/v1/chat/completions"


@dataclass
class OpenAi:
    """`answers`: by path, status and JSON."""

    port: int = 0
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def running_openai() -> Iterator[OpenAi]:
    """A new one, until the end of the block."""
    found = OpenAi()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

        def do_GET(self) -> None:
            status, content = found.answers.get(self.path, (404, {"error": {"message": "File Not Found"}}))
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            found.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def message(**content: Any) -> tuple[int, Any]:
    """An answer to CHAT."""
    return 200, {"choices": [{"index": 0, "message": {"role": "assistant", **content}}]}
