"""Matrix products of mlx-lm's layers by NumPy, for a machine on which MLX has the CPU alone.

MLX's wheel for Linux carries the reference BLAS: 20 times slower than OpenBLAS, which NumPy's has. Values are the same
float32 numbers; only the order in which a BLAS sums them differs, as it does between any two of them.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.arrays import Floats

if TYPE_CHECKING:
    import mlx.core as mx

WIDTH = 1 << 22  # weights that are widened at once: 16 MiB
THREADS = os.cpu_count() or 1


def multiply_by_numpy(model: Any) -> None:
    """From now on linear layers and heads that are an embedding multiply so; other layers stay as they are."""
    import mlx.nn as nn  # its types are not declared

    layers: Any = nn
    for _, module in model.named_modules():
        kind = type(module)
        if kind in (layers.Linear, layers.QuantizedLinear):
            _replace(module, "__call__")
        elif isinstance(module, (layers.Embedding, layers.QuantizedEmbedding)):
            _replace(module, "as_linear")


def _replace(module: Any, method: str) -> None:
    kind = type(module)
    usual = getattr(kind, method)

    def product(self: Any, x: "mx.array") -> "mx.array":
        import mlx.core as mx

        if x.dtype != mx.float32 or getattr(self, "mode", "affine") != "affine":
            return usual(self, x)  # type: ignore[no-any-return]
        found = _product(x, self)
        return found + self.bias if method == "__call__" and "bias" in self else found

    module.__class__ = type(kind.__name__, (kind,), {method: product})


def _product(x: "mx.array", module: Any) -> "mx.array":
    """(…, columns) × (rows, columns) → (…, rows)."""
    import mlx.core as mx

    row_count = module.weight.shape[0]
    values = np.array(x).reshape(-1, x.shape[-1])
    found = np.empty((len(values), row_count), np.float32)
    tasks = []
    for first, rows in _wide_rows(module, max(1, WIDTH // x.shape[-1])):
        tasks.append(_pool().submit(np.matmul, values, rows.T, out=found[:, first : first + len(rows)]))
        if len(tasks) > THREADS:
            tasks.pop(0).result()
    for task in tasks:
        task.result()
    return mx.array(found).reshape(*x.shape[:-1], row_count)


def _wide_rows(module: Any, count: int) -> Iterator[tuple[int, Floats]]:
    import mlx.core as mx

    if module.weight.dtype == mx.float32:
        whole = np.asarray(module.weight)  # no copy
        yield from ((first, whole[first : first + count]) for first in range(0, len(whole), count))
        return
    for first in range(0, module.weight.shape[0], count):
        rows = module.weight[first : first + count]
        if "scales" in module:
            scales, biases = (part[first : first + count].astype(mx.float32) for part in (module.scales, module.biases))
            rows = mx.dequantize(rows, scales, biases, module.group_size, module.bits)
        yield first, np.asarray(rows.astype(mx.float32))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS)
