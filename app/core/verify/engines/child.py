"""The child process of an engine: limits first, then one answer after the other, until nobody asks any more.

Lines of JSON: a question in, "step" lines while it works, one "answer" or "failure" out. What libraries print goes
where errors go.
"""

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from app.core.sandbox.limits import limit, watch
from app.core.verify.engines.model import BATCH, FailedError, Failure, Model, Report, greedy, log_softmax
from app.core.verify.engines.without_transformers import leave_out_transformers

ADDRESS_SPACE = 1 << 36  # of libraries, threads and mapped files, beside what may be used


def main() -> None:
    """Read the limits and questions from stdin."""
    if sys.stdin is None or sys.stdout is None:  # closed: nobody asks, or nobody would hear the answer
        os._exit(1)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    head = json.loads(sys.stdin.readline())
    watch(head["memory_bytes"], os.getppid())
    limit("RLIMIT_CORE", 0)
    limit("RLIMIT_AS", head["memory_bytes"] + ADDRESS_SPACE)
    os.environ["GGML_NO_BACKTRACE"] = "1"  # where llama.cpp aborts it would start a debugger
    if head["engine"] == "mlx_lm":
        leave_out_transformers()
    engine = Engine(head["engine"])
    for line in sys.stdin:
        _answer(engine, json.loads(line), answers)
    os._exit(0)  # a library's threads need not be waited for


def _answer(engine: "Engine", question: dict[str, Any], answers: IO[str]) -> None:
    def say(data: dict[str, Any]) -> None:
        try:
            print(json.dumps(data), file=answers, flush=True)
        except OSError:  # who asked is gone
            os._exit(1)

    try:
        say({"answer": engine.answer(question, lambda done: say({"step": done}))})
    except FailedError as error:
        say({"failure": error.failure, "details": error.details})
    except MemoryError:
        say({"failure": Failure.MEMORY, "details": ""})
    except OSError as error:  # a full disk
        say({"failure": Failure.DISK, "details": error.strerror or str(error)})


class Engine:
    """Holds one model at most, and answers questions about it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._model: Any = None

    def answer(self, question: dict[str, Any], report: Report) -> dict[str, Any]:
        """`question["do"]` names a method. Raises FailedError."""
        arguments = dict(question)
        do = arguments.pop("do")
        if do in ("tables", "continue"):
            arguments["report"] = report
        found: dict[str, Any] = getattr(self, f"do_{do}")(**arguments)
        return found

    def do_open(self, **how: Any) -> dict[str, Any]:
        """Take a model instead of the one before."""
        if self._model is not None:
            self._model.close()
            self._model = None
        self._model = self._opened(**how)
        return {"token_count": self._model.token_count}

    def _opened(self, **how: Any) -> Model:
        if self._kind == "llama_cpp":
            from app.core.verify.engines.llama_cpp import LlamaCpp

            return LlamaCpp(**how)
        from app.core.verify.engines.mlx_lm_engine import MlxLm

        return MlxLm(**how)

    def do_tables(self, passages: list[list[int]], target: str, report: Report) -> dict[str, Any]:
        """Log-probabilities after each token of each passage, (positions, tokens) float32, into a file."""
        done = 0
        with Path(target).open("wb") as file:
            for ids in passages:
                self._model.restart()
                for first in range(0, len(ids), BATCH):
                    rows = log_softmax(self._model.logits(ids[first : first + BATCH]))
                    rows.tofile(file)
                    done += len(rows)
                    report(done)
        return {"token_count": self._model.token_count}

    def do_continue(self, prompt: list[int], count: int, ends: list[int], report: Report) -> dict[str, Any]:
        """The likeliest tokens after a prompt."""
        return {"tokens": greedy(self._model, prompt, count, frozenset(ends), report)}

    def do_tokenize(self, texts: list[str], add_special: bool = True, parse_special: bool = True) -> dict[str, Any]:
        """Ids of each text; llama.cpp only, as all that follow."""
        return {"ids": [self._model.tokenize(text, add_special, parse_special) for text in texts]}

    def do_ends(self) -> dict[str, Any]:
        """The tokens that end a text."""
        return {"ids": self._model.ends()}

    def do_render(self, path: str, conversations: list[dict[str, Any]], with_template: bool = True) -> dict[str, Any]:
        """Conversations as llama.cpp's engine for chat templates writes them with a file, which need not be open."""
        from app.core.verify.engines.template_server import render

        return {"rendered": render(path, conversations, with_template)}

    def do_vocabulary(self) -> dict[str, Any]:
        """The texts of all tokens as the file has them, and its chat template, None without one."""
        return {"tokens": self._model.token_texts(), "template": self._model.template()}

    def do_pieces(self, ids: list[int]) -> dict[str, Any]:
        """What tokens stand for, as hexadecimal bytes: a token may hold a part of a character."""
        return {"pieces": [piece.hex() for piece in self._model.pieces(ids)]}


if __name__ == "__main__":
    main()
