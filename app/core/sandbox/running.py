"""The children that run now, and how they are ended with the program that waits for them."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from typing import IO

import app
from app.core.sudden_end import before_sudden_end, undisturbed

# `-I` ignores the environment and the current folder, so that nobody can slip a module in.
BOOTSTRAP = "import sys; sys.path.insert(0, sys.argv.pop(1)); from {module} import main; main()"

_lock = Lock()
_running: set[subprocess.Popen[bytes]] = set()
_refusals = 0


class StoppedError(Exception):
    """No child may be started now."""


def child_command(module: str, argument: str) -> list[str]:
    """How a child that runs `main()` of a module of ours is started: the only place that knows.

    `argument`: what a frozen app, which is its own interpreter, is told instead; app/__main__.py knows it.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, argument]
    return [sys.executable, "-I", "-c", BOOTSTRAP.format(module=module), str(Path(app.__file__).parents[1])]


@contextmanager
def child_process(
    command: list[str], errors: "IO[bytes] | int" = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A child with pipes for its input and output, which `no_children` ends; `errors`: where it complains.

    Raises StoppedError.
    """
    with ExitStack() as stack:
        with _lock, undisturbed():  # one that starts while others are being ended would be overlooked
            if _refusals:
                raise StoppedError
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, close_fds=True
            )
            _running.add(process)
            stack.enter_context(before_sudden_end(process.kill))
        stack.callback(_forget, process)
        with process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise


def _forget(process: subprocess.Popen[bytes]) -> None:
    with _lock:
        _running.discard(process)


@contextmanager
def no_children() -> Iterator[None]:
    """While this lasts none runs: what ran is ended, and none is started. For the end of the program."""
    global _refusals
    with _lock:
        _refusals += 1
        for process in _running:
            process.kill()
    try:
        yield
    finally:
        with _lock:
            _refusals -= 1


@contextmanager
def thread_for_children() -> Iterator[ThreadPoolExecutor]:
    """One thread for work that waits for children. A signal that ends the program ends these first."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        try:
            yield pool
        except Exception:
            pool.shutdown()
            raise
        pool.shutdown()
    except (KeyboardInterrupt, SystemExit):
        with no_children():
            pool.shutdown(cancel_futures=True)
        raise
