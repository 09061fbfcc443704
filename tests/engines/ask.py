"""Ask an engine in a process of its own: llama.cpp's threads and MLX's do not have to share one with pytest."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS = 300


@dataclass(frozen=True)
class Answer:
    """`ids`: the text's tokens; `next_tokens`: for each position of the prompt, log-probabilities of the likeliest."""

    ids: list[int]
    next_tokens: list[dict[int, float]]


def ask_llama_cpp(file: Path, text: str, prompt: list[int], top: int = 20) -> Answer:
    return _ask("llama_cpp", file, text, prompt, top)


def ask_mlx(folder: Path, text: str, prompt: list[int], top: int = 20) -> Answer:
    """Activations in float32, weights as they are."""
    return _ask("mlx", folder, text, prompt, top)


def _ask(engine: str, model: Path, text: str, prompt: list[int], top: int) -> Answer:
    question = json.dumps({"model": str(model), "text": text, "prompt": prompt, "top": top})
    command = [sys.executable, "-m", f"tests.engines.{engine}"]
    run = subprocess.run(command, input=question, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert run.returncode == 0, f"{engine} failed:\n{run.stderr[-2000:]}"
    answer = json.loads(run.stdout.splitlines()[-1])
    return Answer(answer["ids"], [{int(i): p for i, p in position.items()} for position in answer["next_tokens"]])


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
