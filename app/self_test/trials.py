"""What MLX is asked to compute on each device. First what files depend on, through the converter's own functions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from app.core.architectures.ops import Columns, Pick, Transpose
from app.core.checkpoint import ModelTensor, StoredTensor, WeightFile
from app.core.text import Text, text
from app.core.weights.values import decode, moved

if TYPE_CHECKING:
    import mlx.core as mx

Bits = npt.NDArray[Any]
NOWHERE = WeightFile(Path(), 0, 0, 0)
INFINITE = {"BF16": 0x7F80, "F16": 0x7C00}  # the first 16 bits that are no finite number, without the sign
STRIDE = 257  # of all 2^32 patterns of 32 bits: every sign and exponent, and every bit of a mantissa
ROWS, COLUMNS = 64, 512
SEED = 20261130


@dataclass(frozen=True)
class Trial:
    """`compute` runs on the MLX thread; `expected` is what NumPy makes of the same, None where it may differ."""

    title: Text
    compute: "Callable[[], mx.array]"
    expected: Callable[[], Bits] | None = None


def relied_on() -> tuple[Trial, ...]:
    """All that MLX does to bytes of a file."""
    rows = _random_words().reshape(ROWS, COLUMNS)
    backwards = Columns(tuple(Pick((COLUMNS,), (), ((at, at + 1),)) for at in range(COLUMNS - 1, -1, -1)))
    return (
        Trial(text("BF16 → F32"), lambda: _decoded("BF16"), lambda: _finite("BF16").astype(np.uint32) << 16),
        Trial(text("F16 → F32"), lambda: _decoded("F16"), lambda: _wide(_finite("F16").view(np.float16))),
        Trial(text("columns in another order"), lambda: _moved(rows, backwards), lambda: rows[:, ::-1]),
        Trial(text("transposition"), lambda: _moved(rows, Transpose(ROWS)), lambda: rows.T),
    )


def not_relied_on() -> tuple[Trial, ...]:
    """What NumPy and C do instead, since devices may differ; whether they do, somebody with a Mac can tell."""
    return (
        Trial(text("F32 → F16"), lambda: _floats().astype(_half()), lambda: _narrow(_every_exponent())),
        Trial(text("division"), lambda: _floats() / _floats()[::-1]),
        *(Trial(text("dequantizing {bits} bits", bits=bits), partial(_dequantized, bits)) for bits in _WIDTHS),
        Trial(text("low-rank sums, one step after the other"), _low_rank),
    )


_WIDTHS = (2, 3, 4, 5, 6, 8)


def _finite(dtype: str) -> npt.NDArray[np.uint16]:
    bits = np.arange(1 << 16, dtype=np.uint16)
    return bits[(bits & 0x7FFF) < INFINITE[dtype]]


def _tensor(dtype: str, shape: tuple[int, ...]) -> ModelTensor:
    return ModelTensor("trial", shape, dtype, StoredTensor("trial", dtype, shape, NOWHERE, 0, 0))


def _decoded(dtype: str) -> "mx.array":
    bits = _finite(dtype)
    return decode(_tensor(dtype, bits.shape), (bits.view(np.uint8),))[0]


def _moved(rows: Bits, move: Columns | Transpose) -> Any:
    return moved(rows.reshape(-1).view(np.uint8), "F32", _tensor("F32", rows.shape), move)


def _wide(values: npt.NDArray[np.float16]) -> Bits:
    return values.astype(np.float32).view(np.uint32)


def _narrow(values: npt.NDArray[np.float32]) -> Bits:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).view(np.uint16)


def _random_words() -> npt.NDArray[np.uint32]:
    return np.random.default_rng(SEED).integers(0, 1 << 32, ROWS * COLUMNS, np.uint32)


def _every_exponent() -> npt.NDArray[np.float32]:
    patterns = np.arange(0, 1 << 32, STRIDE, dtype=np.int64).astype(np.uint32)
    values: npt.NDArray[np.float32] = patterns.view(np.float32)
    return values[np.isfinite(values)]


def _floats() -> "mx.array":
    import mlx.core as mx

    return mx.array(_every_exponent())


def _half() -> Any:
    import mlx.core as mx

    return mx.float16


def _dequantized(bits: int) -> "mx.array":
    import mlx.core as mx

    random = np.random.default_rng(SEED + bits)
    words = mx.array(random.integers(0, 1 << 32, (ROWS, COLUMNS * bits // 32), np.uint32))
    scales, biases = (mx.array(random.normal(size=(ROWS, COLUMNS // 64)).astype(np.float32)) for _ in "sb")
    return mx.dequantize(words, scales, biases, 64, bits)


def _low_rank() -> "mx.array":
    import mlx.core as mx

    random = np.random.default_rng(SEED)
    left = mx.array(random.normal(size=(ROWS, 8)).astype(np.float32))
    right = mx.array(random.normal(size=(8, COLUMNS)).astype(np.float32))
    total = mx.zeros((ROWS, COLUMNS))
    for k in range(8):
        total = total + left[:, k : k + 1] * right[k : k + 1, :]
    return total
