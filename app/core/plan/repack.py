"""MLX's packed weights → GGUF blocks of the same numbers: which go, and into which type.

Affine w = scale * q + bias is what Q4_1 and Q5_1 blocks hold (ggml-common.h, block_q4_1: w = d * q + m); MXFP4 is the
same numbers in another order.
"""

from gguf import GGMLQuantizationType

from app.core.architectures.ops import Columns, Op, PadRows, Pick, Rows
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.quantization import Quantization
from app.core.plan.facts import Rounding

T = GGMLQuantizationType
EXACT_TYPES = {1: T.Q4_1, 2: T.Q4_1, 3: T.Q4_1, 4: T.Q4_1, 5: T.Q5_1}  # by bits of an affine code
BLOCK = 32  # values of a Q4_1, Q5_1 or MXFP4 block; MLX's groups are one, two or four of them


def exact_type(packing: Quantization) -> GGMLQuantizationType | None:
    """The type that holds the codes of `packing`, None where GGUF has none."""
    if packing.mode == "mxfp4":
        return T.MXFP4
    return EXACT_TYPES.get(packing.bits) if packing.mode == "affine" else None


def is_tiny(rounding: Rounding | None, packing: Quantization) -> bool:
    """Whether float16 loses no more than it must where a scale is among its subnormal numbers, which lie 2^-24 apart.

    Half of that for each of the largest code's steps and for the bias: 4.8e-7 for 4 bits.
    """
    return rounding is None or rounding.largest <= 2**packing.bits * 2.0**-25


def is_repacked(source: ModelTensor, ops: tuple[Op, ...], kind: GGMLQuantizationType) -> bool:
    """Whether codes are moved into blocks of `kind`, without being decoded."""
    packing = source.quantization
    if packing is None or exact_type(packing) is not kind:
        return False
    return all(isinstance(op, Rows | PadRows) or (isinstance(op, Columns) and keeps_groups(op, packing)) for op in ops)


def keeps_groups(columns: Columns, packing: Quantization) -> bool:
    """Whether whole groups move: every pick takes neighbouring columns in whole groups."""
    return all(edge % packing.group_size == 0 for pick in columns.picks for edge in _edges(pick))


def _edges(pick: Pick) -> tuple[int, ...]:
    """Where neighbours that stay together begin and end, as far as that differs."""
    length, axis = 1, len(pick.view) - 1
    while axis >= 0 and _stays(pick, axis) and _part(pick, axis) == (0, pick.view[axis]):
        length *= pick.view[axis]
        axis -= 1
    if axis < 0 or not _stays(pick, axis):
        return pick.offset, length
    return pick.offset, pick.view[axis] * length, *(end * length for end in _part(pick, axis))


def _stays(pick: Pick, axis: int) -> bool:
    return not pick.order or pick.order[axis] == axis


def _part(pick: Pick, axis: int) -> tuple[int, int]:
    return pick.part[axis] if pick.part else (0, pick.view[axis])
