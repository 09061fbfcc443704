"""The standard streams as they are found: open, closed, full, cut off, or not there at all."""

import os
import sys
from contextlib import suppress
from typing import TextIO

from app.core.text import printable

# What refuses to be used, so that lost output is noticed, as gnulib's stdopen does; about a lost stderr nothing can be
# told any more.
INSTEAD = (os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)


def reserve_streams() -> None:
    """Keep the numbers of closed streams occupied: else a file gets one, and what is printed lands in it."""
    for number, mode in enumerate(INSTEAD):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, mode)  # gets the lowest free number, which is this one
    sys.stdout = sys.stdout or _stream(1)  # None where it was closed, and in an app without a terminal
    sys.stderr = sys.stderr or _stream(2)


def _stream(number: int) -> TextIO:
    return open(number, "w", encoding="utf-8", errors="replace", closefd=False)


def complain(text: str) -> None:
    """Print on stderr, if it can be printed."""
    try:
        print(printable(text), file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        silence(sys.stderr)


def let_go() -> None:
    """Before the end: what cannot be written is given up here. Python would try again, and change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            silence(stream)


def silence(stream: TextIO) -> None:
    """From now on all that goes to `stream`, and what is still in its buffer, vanishes."""
    with suppress(OSError, ValueError):  # not a real one
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
