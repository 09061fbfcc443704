"""Two chunks of values against each other, on the MLX thread: bits first, then values."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.core.arrays import Bytes, Floats
from app.core.checkpoint import ModelTensor
from app.core.weights.values import decode

if TYPE_CHECKING:
    import mlx.core as mx

Pair = tuple[ModelTensor, ModelTensor]
PairOfParts = tuple[tuple[Bytes, ...], tuple[Bytes, ...]]

WITHOUT_SIGN = 0x7FFFFFFF


@dataclass(frozen=True)
class ChunkDifference:
    """Largest difference of each row, and sums over the chunk: |a - b|, a·b, a·a, b·b, steps of a, steps of b."""

    differing_count: int
    row_largest: Floats
    sums: npt.NDArray[np.float64]
    within_steps: bool


def are_equal(tensors: Pair, parts: PairOfParts) -> bool:
    """Every value equal. Decided by integers, so that no device has a say: +0 is -0, NaN only its own bits."""
    import mlx.core as mx

    (first, _), (second, _) = (decode(t, p) for t, p in zip(tensors, parts, strict=True))
    return not mx.any(_differs(first, second)).item()


def measure(tensors: Pair, parts: PairOfParts, row_length: int) -> ChunkDifference:
    """How two chunks of whole rows differ. Sums are for display: float32 within a row, float64 over rows."""
    import mlx.core as mx

    (first, first_steps), (second, second_steps) = (decode(t, p) for t, p in zip(tensors, parts, strict=True))
    gap = mx.abs(first - second)
    # the bits of numbers that are not negative are ordered like integers, and integers are never flushed
    largest = mx.max(gap.view(mx.uint32).reshape(-1, row_length), axis=1).view(mx.float32)
    products = (gap, first * second, first * first, second * second)
    rows = mx.stack([mx.sum(p.reshape(-1, row_length), axis=1) for p in products])
    steps = [0.0 if s is None else mx.mean(mx.abs(s)).item() * gap.size for s in (first_steps, second_steps)]
    bound = _bound(first_steps, second_steps, gap.size)
    with np.errstate(invalid="ignore"):  # infinities cancel out
        totals = np.array(rows).astype(np.float64).sum(axis=1)
    return ChunkDifference(
        differing_count=int(np.array(mx.sum(_differs(first, second)))),
        row_largest=np.array(largest),
        sums=np.concatenate([totals, steps]),
        within_steps=bound is not None and bool(mx.all(gap <= bound).item()),
    )


def _differs(first: "mx.array", second: "mx.array") -> "mx.array":
    import mlx.core as mx

    first_bits, second_bits = first.view(mx.uint32), second.view(mx.uint32)
    return (first_bits != second_bits) & (((first_bits | second_bits) & WITHOUT_SIGN) != 0)


def _bound(first: "mx.array | None", second: "mx.array | None", count: int) -> "mx.array | None":
    """How far two quantizations of one value may lie apart: a step of each that is quantized."""
    import mlx.core as mx

    steps = [mx.repeat(mx.abs(s), count // s.size) for s in (first, second) if s is not None]
    return sum(steps[1:], steps[0]) if steps else None
