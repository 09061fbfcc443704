"""Work that our library does, done without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from app.core import kernel_library


@contextmanager
def without_kernels() -> Iterator[None]:
    """As where nobody has compiled them."""
    with patch.object(kernel_library, "LIBRARY", Path("none.so")):
        kernel_library.kernel_function.cache_clear()
        yield
    kernel_library.kernel_function.cache_clear()
