"""The one MLX thread of the process, and all choice of device.

An MLX array can only be evaluated on the thread that built it, and every short-lived thread that touches MLX leaks an
operating system thread; so arrays are built, evaluated and turned into NumPy on this one. MLX itself is imported there
too, when it is first needed, so that a Mac without Metal gets a message and not a crash at start.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from app.core.errors import ConversionError
from app.core.exhaustion import exhaustion
from app.core.text import text

CACHE_BYTES = 64 << 20  # Metal keeps freed buffers up to 1.5 × its working set unless told otherwise

P = ParamSpec("P")
R = TypeVar("R")


def compute(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `function` on the MLX thread and wait for it. Raises ConversionError when MLX fails."""
    return _mlx_thread().submit(_guarded, function, args, kwargs).result()


@cache
def _mlx_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mlx")


@cache
def _prepare() -> None:
    """On the thread, not as its initializer: why that failed would be lost."""
    os.environ.setdefault("MLX_ENABLE_TF32", "0")  # read once by MLX; an M5 would compute with 10 bits of mantissa
    import mlx.core as mx

    mx.set_cache_limit(CACHE_BYTES)


def _guarded(function: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object]) -> R:
    try:
        _prepare()
        return function(*args, **kwargs)
    except RuntimeError as error:  # Metal out of memory, GPU time-out, lost device
        stopped = ConversionError(
            text("MLX stopped with: {details}", details=str(error)),
            text("Close other programs that use the GPU, start MLX Ferry again, and convert again."),
        )
        raise exhaustion(error) or stopped from error
