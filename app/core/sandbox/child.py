"""The child process: limits first, then one task. Imports only what the task needs, so that it starts quickly."""

import json
import math
import os
import signal
import sys
from typing import Any

from app.core.sandbox.failures import MEMORY
from app.core.sandbox.limits import limit, watch


def main() -> None:
    """Read the request from stdin, answer on stdout, end."""
    if sys.stdin is None or sys.stdout is None:  # closed: nobody asks, or nobody would hear the answer
        os._exit(1)
    parent = os.getppid()
    head = json.loads(sys.stdin.buffer.readline())
    watch(head["memory_bytes"], parent)
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
    limit("RLIMIT_CORE", 0)
    limit("RLIMIT_CPU", math.ceil(seconds), math.ceil(seconds) + 1)  # SIGXCPU comes first
    limit("RLIMIT_FSIZE", 0)
    limit("RLIMIT_AS", memory_bytes)
