"""What an engine said of a model before: it would say the same again of the same bytes.

An engine takes seconds to start and to compute. One that is started takes one thread of llama.cpp's, for more of them
wait for each other on a tiny model. What engines do by themselves is tested in tests/core/verify and tests/engines.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Cancelled
from app.core.progress import IsCancelled, never_cancelled
from app.core.verify.engines import EngineKind, EngineProcess

ASKING = ("inference.predictions", "vocabulary.vocabulary_proof")  # modules of app.core.verify
OF_FILES = ("path", "adapter")  # arguments that name files or folders to be read

_known: dict[str, tuple[dict[str, Any], list[int], bytes]] = {}  # question → answer, steps, what was written


class RememberedEngine:
    """To stand where EngineProcess does. A process is started for what was never asked."""

    def __init__(self, kind: EngineKind, *, is_cancelled: IsCancelled = never_cancelled, **limits: Any) -> None:
        self.kind = kind
        self._is_cancelled, self._limits = is_cancelled, limits
        self._opened: dict[str, Any] | None = None
        self._process: EngineProcess | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "RememberedEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """As that of EngineProcess."""
        self._stack.close()

    def ask(self, do: str, on_step: Callable[[int], object] = lambda _: None, **arguments: Any) -> dict[str, Any]:
        """As that of EngineProcess, which raises its errors; these are not remembered."""
        if self._is_cancelled():
            self.close()
            raise Cancelled
        if do == "open":
            self._opened = arguments
        target = arguments.get("target")
        told = {key: value for key, value in arguments.items() if key != "target"}
        key = json.dumps([self.kind, self._limits, _read(self._opened or {}), do, _read(told)])
        if key not in _known:
            steps: list[int] = []

            def step(done: int) -> None:
                steps.append(done)
                on_step(done)

            answer = self._asked(do, step, arguments)
            _known[key] = answer, steps, Path(target).read_bytes() if target else b""
            return answer
        answer, steps, written = _known[key]
        for done in steps:
            on_step(done)
        if target:
            Path(target).write_bytes(written)
        found: dict[str, Any] = json.loads(json.dumps(answer))
        return found

    def _asked(self, do: str, on_step: Callable[[int], object], arguments: dict[str, Any]) -> dict[str, Any]:
        how: dict[str, Any] = {"threads": 1} if self.kind is EngineKind.LLAMA_CPP else {}
        if self._process is None:
            process = EngineProcess(self.kind, is_cancelled=self._is_cancelled, **self._limits)
            self._process = self._stack.enter_context(process)
            if do != "open" and self._opened is not None:
                self._process.ask("open", **self._opened, **how)
        return self._process.ask(do, on_step, **arguments, **how if do == "open" else {})


def _read(arguments: dict[str, Any]) -> dict[str, Any]:
    """Digests in the place of names."""
    return {key: _digest(Path(value)) if key in OF_FILES and value else value for key, value in arguments.items()}


def _digest(path: Path) -> list[str]:
    """Of a folder, or of a file and its further parts."""
    first, is_part, _ = path.name.partition("-00001-of-")
    files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{first}-*-of-*") if is_part else [path]
    return [f"{one.name} {sha256(one.read_bytes()).hexdigest()}" for one in sorted(files) if one.is_file()]


@contextmanager
def remembered_engines() -> Iterator[None]:
    """Each question is asked once in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ASKING:
            patch.setattr(f"app.core.verify.{module}.EngineProcess", RememberedEngine)
        yield
