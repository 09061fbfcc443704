"""The whole road of one damaged folder, with everything that must never happen on it."""

import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli.card import sections
from app.core.checkpoint import Checkpoint, open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.describe.plan_json import plan_data
from app.core.errors import ConversionError, PlanError
from app.core.findings import Severity
from app.core.language import english
from app.core.plan import ConversionPlan, PlanOptions
from app.core.text import printable
from tests.engines.ask import Engine
from tests.hostile.watch import strangers, watched
from tests.quick_reader import QuickReader

SECONDS = 20  # for one folder, on a busy machine; a sound one takes 0.02
MEMORY_BYTES = 400 << 20  # more than before
TOKENS = [0, 1, 2]
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2)


@dataclass(frozen=True)
class Written:
    """What a file holds: keys, and tensors as type, shape and bytes."""

    keys: dict[str, Any]
    tensors: dict[str, tuple[str, tuple[int, ...], bytes]]


def walk(folder: Path, target: Path, llama_cpp: Engine) -> Written | None:
    """Open, look, plan, convert, compute a token. The file, checked; None where the folder was refused with a reason.

    `llama_cpp`: an engine that is llama.cpp.
    """
    before, rss = _state(folder), _peak_bytes()
    try:
        with watched() as events, _alarm():
            plan = _convert(folder, target)
        assert strangers(events, folder, target.parent) == []
        assert _state(folder) == before, "the folder was changed"
        assert _peak_bytes() - rss < MEMORY_BYTES
        if plan is None:
            assert list(target.parent.iterdir()) == [], "something was left behind"
            return None
        assert list(target.parent.iterdir()) == [target]
        written = _read(target, plan)
        llama_cpp.table(target, TOKENS)
        return written
    finally:
        for left in target.parent.iterdir():
            left.unlink()


def _convert(folder: Path, target: Path) -> ConversionPlan | None:
    """The plan of what was written, None where nothing was."""
    checkpoint = open_checkpoint(folder)
    try:
        plan = prepare_plan(checkpoint, PlanOptions())
    except ConversionError as error:  # the look came upon something
        _expect_words(folder, error.message, checkpoint)
        return None
    _expect_presentable(checkpoint, plan)
    try:
        convert(plan, target)
    except PlanError:
        return None if plan.blockers else pytest.fail("the plan is refused, but no finding says why")
    except ConversionError as error:
        _expect_words(folder, error.message, checkpoint)
        return None
    assert not plan.blockers
    return plan


def _expect_words(folder: Path, message: str, checkpoint: Checkpoint) -> None:
    """An error names the file or the tensor."""
    names = [path.name for path in folder.iterdir()] + [tensor.name for tensor in checkpoint.tensors]
    assert any(name in message for name in names), message


def _expect_presentable(checkpoint: Checkpoint, plan: ConversionPlan) -> None:
    """The command line, a report and a person can take what was found."""
    for finding in plan.findings:
        assert finding.what.encode()
        assert finding.severity is not Severity.BLOCKER or (finding.meaning and finding.advice), finding
    assert printable("\n".join(sections(checkpoint, plan, english()))).encode()
    assert plan_data(plan)["tensors"] is not None


def _read(target: Path, plan: ConversionPlan) -> Written:
    reader = QuickReader(target)
    keys = {name: field.contents() for name, field in reader.fields.items() if not name.startswith("GGUF.")}
    found = {
        tensor.name: (tensor.tensor_type.name, tuple(map(int, reversed(tensor.shape))), tensor.data.tobytes())
        for tensor in reader.tensors
    }
    assert list(found) == [tensor.name for tensor in plan.tensors]
    for tensor in plan.tensors:
        kind, shape, data = found[tensor.name]
        assert (kind, len(data)) == (tensor.type.name, tensor.byte_count)
        assert shape == tuple(tensor.shape)
    assert keys.keys() == {entry.key for entry in plan.metadata}
    assert len(set(keys["tokenizer.ggml.tokens"])) == found["token_embd.weight"][1][0]
    return Written(keys, found)


def _state(folder: Path) -> dict[str, tuple[int, ...]]:
    """A change of a file, or of what is in a folder, shows in these."""
    state: dict[str, tuple[int, ...]] = {}
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        state[str(path)] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return state


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT


@contextmanager
def _alarm() -> Iterator[None]:
    """End what hangs, wherever it does."""

    def give_up(*_: Any) -> None:
        raise AssertionError(f"not done after {SECONDS} seconds")

    earlier = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def edit(folder: Path, changes: dict[str, bytes | None]) -> None:
    """Give files this content; None takes one away. What was a link becomes a file."""
    for name, data in changes.items():
        path = folder / name
        if path.is_symlink() or path.exists():
            os.unlink(path)  # noqa: PTH108 - also what no Path method takes for a file
        if data is not None:
            path.write_bytes(data)
