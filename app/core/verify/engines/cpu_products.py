"""Matrix products of mlx-lm's layers by NumPy, for a machine on which MLX has the CPU alone.

MLX's wheel for Linux carries the reference BLAS: 20 times slower than OpenBLAS, which NumPy's has. Values are the same
float32 numbers; only the order in which a BLAS sums them differs, as it does between any two of them.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.arrays import Floats

if TYPE_CHECKING:
    import mlx.core as mx

TOGETHER = 1 << 22  # weights that are decoded at once: 16 MiB
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

    weights = _wide(module)
    values = np.asarray(x).reshape(-1, x.shape[-1])
    found = np.empty((len(values), len(weights)), np.float32)
    count = -(-len(weights) // THREADS)
    tasks = [
        _pool().submit(np.matmul, values, weights[first : first + count].T, out=found[:, first : first + count])
        for first in range(0, len(weights), count)
    ]
    for task in tasks:
        task.result()
    return mx.array(found).reshape(*x.shape[:-1], len(weights))


def _wide(module: Any) -> Floats:
    """(rows, columns): plain weights are float32 already; quantized ones are decoded once, block by block."""
    import mlx.core as mx

    if "scales" not in module:
        return np.asarray(module.weight)  # no copy
    known: Floats | None = getattr(module, "_wide_weights", None)
    if known is None:
        row_count = module.weight.shape[0]
        known = np.empty((row_count, module.scales.shape[1] * module.group_size), np.float32)
        count = max(1, TOGETHER // known.shape[1])
        for first in range(0, row_count, count):
            packed, steps, offsets = (
                part[first : first + count] for part in (module.weight, module.scales, module.biases)
            )
            steps, offsets = steps.astype(mx.float32), offsets.astype(mx.float32)
            known[first : first + count] = np.asarray(
                mx.dequantize(packed, steps, offsets, module.group_size, module.bits)
            )
        module._wide_weights = known
    return known


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS)
