"""EngineProcess: an engine in a child process, asked one question after the other."""

import json
import os
import select
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.errors import Cancelled
from app.core.progress import IsCancelled, never_cancelled
from app.core.sandbox.running import StoppedError, child_command, child_process
from app.core.text import Text, text
from app.core.verify.engines.model import Failure

GIBIBYTE = 1 << 30
POLL_SECONDS = 0.1
KEPT = 600  # letters of what an engine printed last
WORDS: Mapping[Failure, Callable[[str], Text]] = {
    Failure.LOAD: lambda engine: text("{engine} does not load the model.", engine=engine),
    Failure.ADAPTER: lambda engine: text("{engine} does not load the adapter.", engine=engine),
    Failure.COMPUTE: lambda engine: text("{engine} cannot compute with the model.", engine=engine),
    Failure.MEMORY: lambda engine: text("{engine} needs more memory than there is.", engine=engine),
    Failure.WRITE: lambda engine: text("{engine} cannot write what it has computed.", engine=engine),
    Failure.VERSION: lambda engine: text("This version of {engine} is not known to MLX Ferry.", engine=engine),
}


class EngineKind(StrEnum):
    """Which engine."""

    LLAMA_CPP = "llama_cpp"
    MLX_LM = "mlx_lm"

    @property
    def label(self) -> str:
        """Its name for people."""
        return "llama.cpp" if self is EngineKind.LLAMA_CPP else "mlx-lm"


class EngineError(Exception):
    """The engine gives no answer; `reason` is a sentence, `printed` what it said last.

    `failure`: why it refused this one question, and may be asked another; without one it has ended, by `signal` where
    that is not 0.
    """

    def __init__(self, reason: Text, printed: str = "", failure: Failure | None = None, signal: int = 0) -> None:
        super().__init__(str(reason))
        self.reason, self.printed, self.failure, self.signal = reason, printed, failure, signal


@dataclass(frozen=True)
class Patience:
    """Seconds that an engine may be silent: while it loads a model, and between two steps."""

    loading: float = 600
    step: float = 300


class EngineProcess:
    """`with EngineProcess(kind) as engine: engine.ask("open", path=…)`. Ends with the block, whatever happens.

    `memory_bytes`: the process is ended when it has grown by more.
    """

    def __init__(
        self,
        kind: EngineKind,
        *,
        memory_bytes: int = 64 * GIBIBYTE,
        is_cancelled: IsCancelled = never_cancelled,
        patience: Patience | None = None,
    ) -> None:
        self.kind, self._memory_bytes, self._is_cancelled = kind, memory_bytes, is_cancelled
        self._patience = patience or Patience()
        self._stack = ExitStack()
        self._unread = b""

    def __enter__(self) -> "EngineProcess":
        """Raises EngineError where no child may be started."""
        with ExitStack() as stack:
            self._printed = stack.enter_context(tempfile.TemporaryFile())
            try:
                command = child_command("app.core.verify.engines.child", "--engine")
                self._process = stack.enter_context(child_process(command, self._printed))
            except StoppedError:
                raise EngineError(text("{engine} was stopped.", engine=self.kind.label)) from None
            stack.callback(self._process.kill)
            self._stack = stack.pop_all()
        self._send({"engine": self.kind, "memory_bytes": self._memory_bytes})
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process. To be called once or more."""
        with suppress(BrokenPipeError):  # what was not read any more
            self._stack.close()

    def ask(self, do: str, on_step: Callable[[int], object] | None = None, **arguments: Any) -> dict[str, Any]:
        """The answer to a question of child.Engine. Raises EngineError, Cancelled.

        The process is ended then, but where the error has a `failure`.
        """
        self._send({"do": do, **arguments})
        silence = self._patience.loading if do == "open" else self._patience.step
        while True:
            said = self._line(silence)
            if "step" in said:
                if on_step:
                    on_step(said["step"])
                continue
            if "failure" in said:
                failure, details = Failure(said["failure"]), said["details"] or self._last_words()
                raise EngineError(WORDS[failure](self.kind.label), details, failure=failure)
            answer: dict[str, Any] = said["answer"]
            return answer

    def _send(self, data: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # reading finds that it has ended
            self._process.stdin.write(json.dumps(data).encode() + b"\n")
            self._process.stdin.flush()

    def _line(self, silence: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        descriptor, deadline = self._process.stdout.fileno(), time.monotonic() + silence
        while b"\n" not in self._unread:
            if self._is_cancelled():
                self.close()
                raise Cancelled
            ready, _, _ = select.select([descriptor], [], [], POLL_SECONDS)
            if ready:
                came = os.read(descriptor, 1 << 20)
                if not came:
                    raise self._ended()
                self._unread += came
            elif time.monotonic() > deadline:
                printed = self._last_words()
                self.close()
                raise EngineError(
                    text("{engine} has not answered for {seconds:,.0f} s.", engine=self.kind.label, seconds=silence),
                    printed,
                )
        line, _, self._unread = self._unread.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def _ended(self) -> EngineError:
        code = self._process.wait()
        how = (
            text("{engine} ended unexpectedly (signal {number}).", engine=self.kind.label, number=-code)
            if code < 0
            else text("{engine} ended unexpectedly (exit code {number}).", engine=self.kind.label, number=code)
        )
        printed = self._last_words()
        self.close()
        return EngineError(how, printed, signal=max(0, -code))

    def _last_words(self) -> str:
        self._printed.seek(0, os.SEEK_END)
        self._printed.seek(max(0, self._printed.tell() - 4 * KEPT))
        return self._printed.read().decode(errors="replace").strip()[-KEPT:]
