"""The children that run now, and how they are ended with the program that waits for them."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Lock

from app.core.sudden_end import before_sudden_end, undisturbed

_lock = Lock()
_running: set[subprocess.Popen[bytes]] = set()
_refusals = 0


class StoppedError(Exception):
    """No child may be started now."""


@contextmanager
def child_process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A child with pipes for its input and output, which `no_children` ends. Raises StoppedError."""
    with ExitStack() as stack:
        with _lock, undisturbed():  # one that starts while others are being ended would be overlooked
            if _refusals:
                raise StoppedError
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True
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
