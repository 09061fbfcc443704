"""Ask an engine in a process of its own: llama.cpp's threads and MLX's do not have to share one with pytest."""

import json
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 300
MARK = "answer: "  # engines print other lines too


@dataclass(frozen=True)
class Answer:
    """`ids`: the text's tokens; `next_tokens`: for each position of the prompt, log-probabilities of the likeliest."""

    ids: list[int]
    next_tokens: list[dict[int, float]]


class Engine:
    """One process that answers question after question; started anew when a model has brought it down."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[str] | None = None

    def ask(self, model: Path, text: str, prompt: list[int], top: int = 20) -> Answer:
        """Fails with what the engine printed last."""
        data = self.answer({"model": str(model), "text": text, "prompt": prompt, "top": top})
        return Answer(data["ids"], [{int(i): p for i, p in position.items()} for position in data["next_tokens"]])

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The same, as the engine takes and gives it."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed with the process
            command = [sys.executable, "-m", f"tests.engines.{self._module}"]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        killer = threading.Timer(SECONDS, process.kill)
        killer.start()
        lines = iter(process.stdout.readline, "")
        answer = next((line for line in lines if line.startswith(MARK)), None)
        killer.cancel()
        if answer is None:
            process.wait()
            self._errors.seek(0)
            raise AssertionError(f"{self._module} failed:\n{self._errors.read()[-2000:]}")
        found: dict[str, Any] = json.loads(answer.removeprefix(MARK))
        return found

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            streams = (self._process.stdin, self._process.stdout, self._errors)
            for stream in filter(None, streams):
                with suppress(BrokenPipeError):  # what was not read any more
                    stream.close()
            self._process.wait()
            self._process = None


def ask_llama_cpp(file: Path, text: str, prompt: list[int], top: int = 20) -> Answer:
    return _ask_once("llama_cpp", file, text, prompt, top)


def ask_mlx(folder: Path, text: str, prompt: list[int], top: int = 20) -> Answer:
    """Activations in float32, weights as they are."""
    return _ask_once("mlx", folder, text, prompt, top)


def _ask_once(module: str, model: Path, text: str, prompt: list[int], top: int) -> Answer:
    engine = Engine(module)
    try:
        return engine.ask(model, text, prompt, top)
    finally:
        engine.close()


def _pairs(first: Answer, second: Answer) -> list[tuple[dict[int, float], dict[int, float]]]:
    """The positions at which both have an answer; all but a few."""
    pairs = [(a, b) for a, b in zip(first.next_tokens, second.next_tokens, strict=True) if a and b]
    assert len(pairs) >= 0.8 * len(first.next_tokens)
    return pairs


def agreement(first: Answer, second: Answer) -> float:
    """The share of positions at which both hold the same token for the likeliest."""
    pairs = _pairs(first, second)
    return sum(max(a, key=a.__getitem__) == max(b, key=b.__getitem__) for a, b in pairs) / len(pairs)


def largest_difference(first: Answer, second: Answer) -> float:
    """Of the log-probabilities that both report."""
    return max(abs(a[i] - b[i]) for a, b in _pairs(first, second) for i in a.keys() & b.keys())
