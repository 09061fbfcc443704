"""Packed weights → GGUF types that hold the same numbers: as blocks of the same codes, or as plain floats.

Affine w = scale * q + bias is what Q4_1 and Q5_1 blocks hold (ggml-common.h, block_q4_1: w = d * q + m); MXFP4 and
NVFP4 are the same numbers in another order; a K-quant folder has GGUF's own blocks.
"""

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.architectures.ops import Change, Columns, Pick
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.dtypes import FLOAT_DTYPES
from app.core.checkpoint.quantization import KQUANT, MODE_DEFAULTS, Quantization
from app.core.ggml_types import T
from app.core.model.facts import Rounding

AFFINE_BLOCKS = {1: T.Q4_1, 2: T.Q4_1, 3: T.Q4_1, 4: T.Q4_1, 5: T.Q5_1}  # by bits of a code
FLOAT_BLOCKS = {"mxfp4": T.MXFP4, "nvfp4": T.NVFP4}
ON_REQUEST = ("nvfp4",)  # llama.cpp's Metal backend has no kernels for its blocks
# Floats with as many bits as the product of a code and a scale has: 2, 4 and 6 of mantissa. The nearest comes first.
LOSSLESS_FLOATS = {"mxfp4": (T.BF16,), "mxfp8": (T.BF16,), "nvfp4": (T.BF16, T.F16)}


def is_readable(tensor: ModelTensor) -> bool:
    """True for what can be written: values in a float type, and what is packed in a mode that is known."""
    packing = tensor.quantization
    if not tensor.is_settled:
        return False
    if packing is None or packing.mode == "affine":
        return tensor.dtype in FLOAT_DTYPES
    return tensor.dtype == "U8" and packing.mode in (*MODE_DEFAULTS, KQUANT)


def are_stackable(tensors: tuple[ModelTensor, ...]) -> bool:
    """Whether tensors can be one in the file: values of one dtype, or packed in one mode, affine with any bits.

    mlx-lm chooses bits for each module by itself: convert.py, quant_predicate.
    """
    kinds = {(tensor.dtype, tensor.quantization) for tensor in tensors}
    modes = {(dtype, packing and packing.mode) for dtype, packing in kinds}
    return len(kinds) == 1 or (len(modes) == 1 and all(mode == "affine" for _, mode in modes))


def block_type(packing: Quantization) -> GGMLQuantizationType | None:
    """The type whose blocks hold the codes of `packing`, None where GGUF has none."""
    if packing.codec:
        return packing.ggml_type
    if packing.mode == "affine":
        return AFFINE_BLOCKS.get(packing.bits)
    return None if packing.has_global_scale else FLOAT_BLOCKS.get(packing.mode)


def exact_type(packing: Quantization) -> GGMLQuantizationType | None:
    """The blocks that are taken where nothing else is asked for."""
    return None if packing.mode in ON_REQUEST else block_type(packing)


def exact_floats(packing: Quantization) -> tuple[GGMLQuantizationType, ...]:
    """The 16-bit types that hold every value of `packing`, but for what a look at its scales finds."""
    return () if packing.has_global_scale else LOSSLESS_FLOATS.get(packing.mode, ())


def is_certain_after_a_look(packing: Quantization) -> bool:
    """Whether scales decide how exact a type is."""
    return packing.mode == "mxfp8" or (packing.mode == "affine" and block_type(packing) is not None)


def is_tiny(rounding: Rounding | None, packing: Quantization) -> bool:
    """Whether float16 loses no more than it must where a scale is among its subnormal numbers, which lie 2^-24 apart.

    Half of that for each of the largest code's steps and for the bias: 4.8e-7 for 4 bits.
    """
    return rounding is None or rounding.largest <= 2**packing.bits * 2.0**-25


def is_repacked(source: ModelTensor, change: Change, kind: GGMLQuantizationType) -> bool:
    """Whether codes are moved into blocks of `kind`, without being decoded."""
    packing = source.quantization
    if packing is None or source.updates:
        return False
    if block_type(packing) is not kind or source.shape[-1] % GGML_QUANT_SIZES[kind][0]:
        return False
    move = change.within_rows
    return not change.values and (move is None or (isinstance(move, Columns) and keeps_groups(move, packing)))


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
