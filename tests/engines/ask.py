"""Ask both engines of the app about folders and files; the answers, compared."""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from app.core.verify.engines import EngineError, EngineKind, EngineProcess, RefusalError

Table = npt.NDArray[np.float32]  # log-probabilities: a row for each position, a column for each token


@dataclass(frozen=True)
class Answer:
    """For each position of a prompt, log-probabilities of the likeliest tokens that may follow."""

    next_tokens: list[dict[int, float]]


class Engine:
    """One process that answers question after question; started anew when a model has brought it down."""

    def __init__(self, kind: EngineKind) -> None:
        self.kind = kind
        self._process: EngineProcess | None = None

    def question(self, do: str, **arguments: Any) -> dict[str, Any]:
        """As the process takes and gives it. Fails with what the engine printed last."""
        if self._process is None:
            self._process = EngineProcess(self.kind).__enter__()
        try:
            return self._process.ask(do, **arguments)
        except EngineError as error:
            if not isinstance(error, RefusalError):
                self.close()
            raise AssertionError(f"{error.reason}\n{error.printed}") from None

    def open(self, model: Path, **how: Any) -> None:
        """Take a model; llama.cpp with one thread, for others spin while a tiny model computes."""
        if self.kind is EngineKind.LLAMA_CPP:
            how = {"threads": 1, **how}
        self.question("open", path=str(model), **how)

    def table(self, model: Path, prompt: list[int], **how: Any) -> Table:
        """Log-probabilities of the whole vocabulary after each token of a prompt."""
        self.open(model, **how)
        with tempfile.TemporaryDirectory() as place:
            target = f"{place}/table"
            count = self.question("tables", passages=[prompt], target=target)["token_count"]
            return np.fromfile(target, np.float32).reshape(-1, count)

    def ask(self, model: Path, prompt: list[int], top: int = 20) -> Answer:
        """The same of the likeliest tokens."""
        table = self.table(model, prompt)
        best = np.argsort(-table, axis=1, kind="stable")[:, :top]
        return Answer([{int(i): float(row[i]) for i in ids} for row, ids in zip(table, best, strict=True)])

    def close(self) -> None:
        """End the process; the next question starts another one."""
        if self._process is not None:
            with suppress(EngineError):
                self._process.close()
            self._process = None


def ids_of_file(file: Path, text: str) -> list[int]:
    """What llama.cpp reads in a text, by a file's vocabulary."""
    with EngineProcess(EngineKind.LLAMA_CPP) as engine:
        engine.ask("open", path=str(file))
        found: list[int] = engine.ask("tokenize", texts=[text])["ids"][0]
        return found


def ids_of_folder(folder: Path, text: str) -> list[int]:
    """What the `tokenizers` library reads in it."""
    found: list[int] = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids
    return found


def agreement(first: Answer, second: Answer) -> float:
    """The share of positions at which both hold the same token for the likeliest."""
    pairs = list(zip(first.next_tokens, second.next_tokens, strict=True))
    return sum(max(a, key=a.__getitem__) == max(b, key=b.__getitem__) for a, b in pairs) / len(pairs)


def largest_difference(first: Answer, second: Answer) -> float:
    """Of the log-probabilities that both report."""
    pairs = zip(first.next_tokens, second.next_tokens, strict=True)
    return max(abs(a[i] - b[i]) for a, b in pairs for i in a.keys() & b.keys())


def mean_divergence(truth: Table, other: Table) -> float:
    """Kullback-Leibler, in nats: what is lost at a position when `other` is taken for `truth`."""
    return float(divergences(truth, other).mean())


def divergences(truth: Table, other: Table) -> npt.NDArray[np.float64]:
    """The same for each position."""
    wide = truth.astype(np.float64)
    found: npt.NDArray[np.float64] = (np.exp(wide) * (wide - other)).sum(axis=1)
    return found


def same_best(first: Table, second: Table) -> float:
    """The share of positions at which both hold the same token for the likeliest."""
    return float((first.argmax(axis=1) == second.argmax(axis=1)).mean())
