"""What keeps a child process within bounds, from inside it."""

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

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
    start = _used_bytes()
    while _used_bytes() - start < memory_bytes and os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def _used_bytes() -> int:
    """Resident memory: now where /proc tells it, else the most there ever was, which is as good for a limit."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_RSS_UNIT
