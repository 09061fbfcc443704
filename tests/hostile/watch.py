"""What the process opens, lists, starts and connects to while it is watched: an audit hook of Python's."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import app

PROJECT = Path(app.__file__).parents[1]
# Imports, the GGUF library's and our own resources. Nothing of these belongs to a model.
OWN = tuple(
    os.path.realpath(path)
    for path in (sys.prefix, sys.base_prefix, *sys.path, str(PROJECT / "app"), str(PROJECT / "resources"))
    if path and Path(path) != PROJECT
)
OPENING = ("open", "os.listdir", "os.scandir", "glob.glob")
NEVER = ("socket.connect", "os.system", "os.exec")

_seen: list[tuple[str, Any]] | None = None
_is_hooked = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is None:
        return
    if event in OPENING:
        _seen.append((event, arguments[0]))
    elif event in NEVER:
        _seen.append((event, arguments))
    elif event == "subprocess.Popen" and arguments[0] != sys.executable:
        _seen.append((event, arguments[0]))


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    """All events inside, of every thread."""
    global _seen, _is_hooked
    if not _is_hooked:
        sys.addaudithook(_hook)  # cannot be taken off again
        _is_hooked = True
    _seen = []
    try:
        yield _seen
    finally:
        _seen = None


def strangers(events: Sequence[tuple[str, Any]], *allowed: Path) -> list[str]:
    """Events that concern nothing in the folders `allowed`, through whatever links."""
    roots = (*OWN, *map(os.path.realpath, allowed))
    return [f"{event} {what!r}" for event, what in events if event not in OPENING or not _is_in(what, roots)]


def _is_in(path: Any, roots: Sequence[str]) -> bool:
    if isinstance(path, int):
        return True  # a file that is open already
    real = os.path.realpath(os.fsdecode(path))
    return real == os.devnull or any(real == root or real.startswith(root + os.sep) for root in roots)
