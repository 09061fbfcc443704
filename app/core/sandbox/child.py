"""The child process: limits first, then one task. Imports only what the task needs, so that it starts quickly."""

import contextlib
import json
import math
import os
import signal
import sys
import threading
import time
from typing import Any

from app.core.sandbox.failures import MEMORY

WATCH_SECONDS = 0.05
BYTES_PER_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2) of macOS and of Linux


def main() -> None:
    """Read the request from stdin, answer on stdout, end."""
    if sys.stdin is None or sys.stdout is None:  # closed: nobody asks, or nobody would hear the answer
        os._exit(1)
    parent = os.getppid()
    head = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_watch, args=(head["memory_bytes"], parent), daemon=True).start()
    signal.alarm(math.ceil(head["patience"]) + 1)  # nobody may be left who watches the clock
    _limit(head["seconds"], head["memory_bytes"])
    try:
        answer = _perform(head["task"], head["request"], sys.stdin.buffer.read())
    except MemoryError:
        answer = {"failure": MEMORY}
    try:
        sys.stdout.buffer.write(json.dumps(answer).encode())
        sys.stdout.buffer.flush()
    except OSError:  # who asked is gone
        os._exit(1)
    os._exit(0)  # a library's threads need not be waited for


def _perform(task: str, request: dict[str, Any], data: bytes) -> dict[str, Any]:
    if task == "render":
        from app.core.sandbox.render import render

        return render(request)
    from app.core.sandbox.encode import encode

    return encode(request, data)


def _limit(seconds: float, memory_bytes: int) -> None:
    """The system's own limits where it has them; macOS enforces none on memory, there the watchman does."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 1))  # SIGXCPU comes first
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _watch(memory_bytes: int, parent: int) -> None:
    """End the process when it has grown beyond the limit, or when nobody waits for it any more."""
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
