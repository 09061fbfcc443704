"""run_in_sandbox: a task of this room, done in a child process that may neither take long nor eat memory."""

import json
import signal
import subprocess
from typing import Any

from app.core.sandbox.failures import MEMORY, UNUSABLE
from app.core.sandbox.running import StoppedError, child_command, child_process
from app.core.text import Text, text

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30  # Gemma 3's tokenizer, the largest known, takes 0.4 of it
PATIENCE = (
    8  # a busy machine may let a child wait so many times as long as it works, and nothing else may depend on that
)


class SandboxError(Exception):
    """The task did not end well; the text says how: 'it …'."""


def run_in_sandbox(
    task: str, request: dict[str, Any], data: bytes = b"", *, seconds: float, memory_bytes: int = GIBIBYTE
) -> dict[str, Any]:
    """The answer of `task` (of child.TASKS) to `request` and `data`, in `seconds` of work. Raises SandboxError."""
    limits = {"seconds": seconds, "patience": seconds * PATIENCE, "memory_bytes": memory_bytes}
    head = json.dumps({"task": task, **limits, "request": request})
    try:
        with child_process(_command()) as process:
            output, _ = process.communicate(head.encode() + b"\n" + data, timeout=seconds * PATIENCE)
    except subprocess.TimeoutExpired:
        raise _too_slow(seconds) from None
    except StoppedError:
        raise SandboxError(text("it was stopped")) from None
    if process.returncode == -signal.SIGXCPU:
        raise _too_slow(seconds)
    return _answer(output, memory_bytes)


def _too_slow(seconds: float) -> SandboxError:
    return SandboxError(text("it does not finish within {seconds:.3g} seconds", seconds=seconds))


def _command() -> list[str]:
    return child_command("app.core.sandbox.child", "--sandbox")


def _answer(output: bytes, memory_bytes: int) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:  # killed by a limit, or by the library that it called
        limit = memory_bytes // MEBIBYTE
        raise SandboxError(text("it needs too much time or more than {limit} MB of memory", limit=limit)) from None
    if not isinstance(answer, dict):
        raise SandboxError(text("it gives no answer"))
    if "failure" in answer:
        raise SandboxError(_reason(answer["failure"], answer.get("details"), memory_bytes))
    return answer


def _reason(failure: object, details: object, memory_bytes: int) -> Text:
    if failure == MEMORY:
        return text("it needs more than {limit} MB of memory", limit=memory_bytes // MEBIBYTE)
    if failure == UNUSABLE:
        return text("it cannot be used: {details}", details=str(details))
    return text("it fails with: {details}", details=str(details))
