"""Ask an engine about vectors and scores, which the app itself does not, in a process of its own."""

import json
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from typing import Any

SECONDS = 300
MARK = "answer: "  # engines print other lines too


class SentenceProcess:
    """One process that answers question after question: a module of this folder, a line of JSON each."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed with the process
        command = [sys.executable, "-m", f"tests.engines.{module}"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Fails with what the engine printed last."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        killer = threading.Timer(SECONDS, self._process.kill)
        killer.start()
        lines = iter(self._process.stdout.readline, "")
        answer = next((line for line in lines if line.startswith(MARK)), None)
        killer.cancel()
        if answer is None:
            self._process.wait()
            self._errors.seek(0)
            raise AssertionError(f"{self._module} failed:\n{self._errors.read()[-2000:]}")
        found: dict[str, Any] = json.loads(answer.removeprefix(MARK))
        return found

    def close(self) -> None:
        self._process.kill()
        for stream in filter(None, (self._process.stdin, self._process.stdout, self._errors)):
            with suppress(BrokenPipeError):  # what was not read any more
                stream.close()
        self._process.wait()
