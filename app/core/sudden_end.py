"""An end by a signal: at once, from any moment, without a traceback and with nothing unfinished left behind.

The handler itself does what must be done and ends the process. An exception out of it would be raised between any two
steps of any function: of those that clean up, of a lock, of an import.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # SIGHUP: the terminal was closed
CANCELLED = "Cancelled; nothing unfinished was left behind."

_actions: list[Callable[[], object]] = []
_undisturbed = Lock()
_arrived: list[int] = []


def end_on_signals() -> None:
    """From now on; but a signal that whoever started us has switched off (nohup) stays so."""
    for number in _not_ignored():
        signal.signal(number, _end)


def ignore_signals() -> None:
    """The work is done: what comes now changes nothing, and would only disturb Python's own end."""
    for number in _not_ignored():
        signal.signal(number, signal.SIG_IGN)


def _not_ignored() -> list[signal.Signals]:
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


@contextmanager
def before_sudden_end(action: Callable[[], object]) -> Iterator[None]:
    """In this block a signal has `action` done before the process ends. It must be short and wait for nothing."""
    _actions.append(action)
    try:
        yield
    finally:
        _actions.remove(action)


@contextmanager
def undisturbed() -> Iterator[None]:
    """A signal waits until the end of this block: for something that is made, and named to `before_sudden_end`.

    Not to be nested.
    """
    _undisturbed.acquire()
    try:
        yield
    finally:
        _undisturbed.release()
        if _arrived:
            signal.raise_signal(_arrived[0])  # Python handles it on the main thread


def _end(number: int, _: FrameType | None) -> None:
    _arrived.append(number)  # first, so that a block which ends just now sees it
    if not _undisturbed.acquire(blocking=False):
        return  # to be called again at the end of the block; or it is ending already
    for action in reversed(_actions):
        with suppress(Exception):
            action()
    if number == signal.SIGINT:
        with suppress(OSError):  # not print: it may be in the middle of one
            os.write(2, (("\n" if os.isatty(2) else "") + CANCELLED + "\n").encode())
    os._exit(128 + number)
