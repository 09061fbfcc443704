"""When the system has no more to give: what may arise anywhere, put into words in one place."""

import errno
import os

from app.core.errors import ExhaustedError
from app.core.text import Text, text

FILES = (
    text("Too many files are open."),
    text("Raise the limit in the shell that starts the program, for example with ulimit -n 1024."),
)
MEMORY = (
    text("There is not enough memory."),
    text("Close other programs, or raise the limit on memory (ulimit -v), and try again."),
)
PROCESSES = (
    text("The system allows no more threads or processes."),
    text("Close other programs, or raise the limits (ulimit -u, ulimit -v), and try again."),
)
BY_NUMBER = {errno.EMFILE: FILES, errno.ENFILE: FILES, errno.ENOMEM: MEMORY, errno.EAGAIN: PROCESSES}
# What has no number: of Python's threads, and of libraries that could not be loaded (dlopen).
BY_WORDS = {
    "can't start new thread": PROCESSES,
    os.strerror(errno.EAGAIN): PROCESSES,
    os.strerror(errno.ENOMEM): MEMORY,
    "failed to map segment": MEMORY,
    os.strerror(errno.EMFILE): FILES,
    os.strerror(errno.ENFILE): FILES,
}


def exhaustion(error: BaseException) -> ExhaustedError | None:
    """The error for people, where `error` or what caused it is of this kind."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        words = _words(cause)
        if words is not None:
            return ExhaustedError(*words)
        seen.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return None


def _words(error: BaseException) -> tuple[Text, Text] | None:
    if isinstance(error, MemoryError):
        return MEMORY
    if isinstance(error, OSError) and error.errno is not None:
        return BY_NUMBER.get(error.errno)
    if isinstance(error, OSError | ImportError | RuntimeError):
        return next((words for known, words in BY_WORDS.items() if known in str(error)), None)
    return None
