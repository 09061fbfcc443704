"""Moves within the rows of packed weights, without decoding: what belongs to a group stays together."""

import numpy as np

from app.core.architectures.line_order import Numbers, line_numbers
from app.core.architectures.ops import Columns, WithinRows
from app.core.arrays import Bytes
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.checkpoint.quantization import Quantization


def moved_packed(
    tensor: ModelTensor, move: WithinRows | None, parts: tuple[Bytes, ...]
) -> tuple[tuple[Bytes, ...], WithinRows | None]:
    """The parts after a move that whole groups can make, and None; else the parts as they are, and the move.

    What is left of the move is for values. `parts`: packed codes, then scales (and biases) for each group, as bytes.
    """
    packing = tensor.quantization
    if packing is None or not isinstance(move, Columns):
        return parts, move
    groups = group_numbers(move, packing)
    if groups is None:
        return parts, move
    group_bytes = (packing.group_bytes, *(ITEM_BYTES[part.dtype] for part in tensor.parts[1:]))
    count = tensor.shape[-1] // packing.group_size
    moved = (_take(part, count, size, groups) for part, size in zip(parts, group_bytes, strict=True))
    return tuple(moved), None


def group_numbers(columns: Columns, packing: Quantization) -> Numbers | None:
    """The number of the group in the source for each group of a row, (groups,) int64.

    None where the columns of one group would part.
    """
    numbers = line_numbers(columns.picks)
    if numbers.size % packing.group_size:
        return None
    groups = numbers.reshape(-1, packing.group_size)
    starts = groups[:, :1]
    stays = np.array_equal(groups, starts + np.arange(packing.group_size)) and not np.any(starts % packing.group_size)
    return starts[:, 0] // packing.group_size if stays else None


def _take(part: Bytes, group_count: int, group_bytes: int, groups: Numbers) -> Bytes:
    rows = part.reshape(-1, group_count, group_bytes)
    return np.ascontiguousarray(rows[:, groups]).reshape(-1)
