"""What is printed on stdout: an output that is lost is an error, and is noticed."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.errors import AppError
from app.core.standard_streams import silence
from app.core.system_reasons import system_reason
from app.core.text import printable, text


class OutputError(AppError):
    """Standard output cannot be written."""


class NobodyReads(OutputError):  # noqa: N818 - `| head` has seen enough: nothing to complain about
    """The pipe was closed at its other end."""


def say(lines: str) -> None:
    """Print a result. Raises OutputError."""
    with printing():
        print(printable(lines))


@contextmanager
def printing() -> Iterator[None]:
    """A block that prints. Raises OutputError, and what is left unprinted is let go."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout)
        kind = NobodyReads if isinstance(error, BrokenPipeError) else OutputError
        why = text("it is closed") if error.errno == errno.EBADF else system_reason(error)
        lost = text("Standard output cannot be written: {reason}.", reason=why)
        raise kind(lost, text("Redirect it elsewhere.")) from error
