"""Work in parallel, results in order, a bounded number in flight."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ordered_pool(
    work: Callable[[int, Item], Result], items: Iterable[Item], threads: int, slots: int
) -> Generator[tuple[Item, Result], None, None]:
    """Yield (item, work(slot, item)) in the order of `items`, `slots` of them at most in flight or in use.

    A slot is given out again only when its result has been consumed (the next one was asked for), so that results may
    live in buffers that belong to the slot. When the consumer stops early, what runs is waited for.
    """
    pending: deque[tuple[Item, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="chunk")
    try:
        for number, item in enumerate(items):
            if len(pending) == slots:
                done, future = pending.popleft()
                yield done, future.result()
            pending.append((item, pool.submit(work, number % slots, item)))
        while pending:
            done, future = pending.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
