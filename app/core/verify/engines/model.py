"""What the child asks of an engine, and what can be asked of any."""

from enum import StrEnum
from typing import Any, Protocol

import numpy as np

from app.core.arrays import Floats

BATCH = 32  # positions that are computed at once: what is kept of each is a row of the vocabulary


class Failure(StrEnum):
    """Why an engine does not answer a question, as the child names it; process.py has the words."""

    LOAD = "load"
    ADAPTER = "adapter"
    COMPUTE = "compute"
    MEMORY = "memory"
    DISK = "disk"
    VERSION = "version"


class FailedError(Exception):
    """The engine cannot take the model, or cannot compute with it; `details` is what it said itself."""

    def __init__(self, failure: Failure, details: str = "") -> None:
        super().__init__(failure, details)
        self.failure, self.details = failure, details


class Report(Protocol):
    """Tells how far a question is."""

    def __call__(self, done: int) -> None: ...


class Model(Protocol):
    """A model that an engine holds."""

    token_count: int

    def restart(self) -> None:
        """Forget what was computed."""

    def logits(self, ids: list[int]) -> Floats:
        """(n,) tokens that follow those before → (n, token_count) float32 logits after each."""

    def close(self) -> None:
        """Give the memory back."""


def log_softmax(logits: Floats) -> Floats:
    """(n, tokens) → the same array with log-probabilities in it; sums are taken in float64."""
    for row in logits:
        row -= row.max()
        row -= np.float32(np.log(np.exp(row).sum(dtype=np.float64)))
    return logits


def greedy(
    model: Model, prompt: list[int], count: int, ends: frozenset[int], report: Report = lambda _: None
) -> list[dict[str, Any]]:
    """Up to `count` tokens after a prompt, the likeliest each time; the last one may be one of `ends`.

    Each with the log-probabilities of the two likeliest: {"id", "log_probability", "second", "second_log_probability"}.
    `report` is told how many tokens have been read and chosen.
    """
    model.restart()
    found: list[dict[str, Any]] = []
    row = np.empty((0, 0), np.float32)
    for first in range(0, len(prompt), BATCH):
        row = log_softmax(model.logits(prompt[first : first + BATCH]))[-1]
        report(min(first + BATCH, len(prompt)))
    while True:
        best = int(row.argmax())
        others = row.copy()
        others[best] = -np.inf
        second = int(others.argmax())
        found.append(
            {
                "id": best,
                "log_probability": float(row[best]),
                "second": second,
                "second_log_probability": float(row[second]),
            }
        )
        report(len(prompt) + len(found))
        if len(found) == count or best in ends:
            return found
        row = log_softmax(model.logits([best]))[-1]
