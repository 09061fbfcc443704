"""What keeps a child process within bounds, from inside it."""

import contextlib
import os
import sys
import threading
import time

WATCH_SECONDS = 0.05
BYTES_PER_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2) of macOS and of Linux


def limit(resource_name: str, soft: int, hard: int | None = None) -> None:
    """One of the system's own limits (RLIMIT_…), where it has it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(getattr(resource, resource_name), (soft, soft if hard is None else hard))


def watch(memory_bytes: int, parent: int) -> None:
    """From now on end the process when it has grown by so much, or when nobody waits for it any more.

    macOS enforces no limit on memory; this does.
    """
    threading.Thread(target=_watch, args=(memory_bytes, parent), daemon=True).start()


def _watch(memory_bytes: int, parent: int) -> None:
    start = _peak_bytes()  # on Linux a child starts with its parent's
    while _peak_bytes() - start < memory_bytes and os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def _peak_bytes() -> int:
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_RSS_UNIT
