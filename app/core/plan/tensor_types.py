"""Which GGUF type each tensor gets, and how many bytes that is: llama.cpp's rules (conversion/base.py)."""

import re
from math import prod

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from app.core.architectures.ops import Columns, Op, Pick, Rows
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.dtypes import FLOATS
from app.core.plan.options import OutputType

F32, F16, BF16 = GGMLQuantizationType.F32, GGMLQuantizationType.F16, GGMLQuantizationType.BF16
MXFP4 = GGMLQuantizationType.MXFP4

FIXED_TYPES = {
    OutputType.F32: F32,
    OutputType.F16: F16,
    OutputType.BF16: BF16,
    OutputType.Q8_0: GGMLQuantizationType.Q8_0,
}
STORED_TYPES = {"F32": F32, "F16": F16, "BF16": BF16}
FILE_TYPES = {
    F32: LlamaFileType.ALL_F32,
    F16: LlamaFileType.MOSTLY_F16,
    BF16: LlamaFileType.MOSTLY_BF16,
    GGMLQuantizationType.Q8_0: LlamaFileType.MOSTLY_Q8_0,
    MXFP4: LlamaFileType.MOSTLY_MXFP4_MOE,
}
# Matrices that llama.cpp only takes as F32, whatever the type of the file: conversion/base.py, prepare_tensors,
# and conversion/minimax.py, tensor_force_quant
ALWAYS_F32 = re.compile(
    r"(position_embd|token_types|\.(ffn_gate_inp|ffn_gate_inp_shexp|ssm_conv1d|ssm_conv1d_[qkv]|shortconv\.conv"
    r"|altup_correct_coef|altup_predict_coef|indexer\.proj|indexer\.[qk]_proj))\.weight$"
)


def is_readable(tensor: ModelTensor) -> bool:
    """True for what can be written: values in a float type, MLX's affine packing with such scales, or its MXFP4."""
    packing = tensor.quantization
    if packing is not None and packing.mode == "mxfp4":
        return tensor.dtype == "U8"
    return tensor.dtype in FLOATS and (packing is None or packing.mode == "affine")


def choose_type(
    tensor: ModelTensor,
    gguf_name: str,
    shape: tuple[int, ...],
    output_type: OutputType,
    ops: tuple[Op, ...] = (),
) -> tuple[GGMLQuantizationType, str]:
    """The type of a tensor of `shape` in the file, and a remark where it is not the one that was chosen."""
    if len(shape) <= 1 or not gguf_name.endswith(".weight") or gguf_name.endswith("_norm.weight"):
        return F32, ""
    if ALWAYS_F32.search(gguf_name):
        return F32, ""
    is_mxfp4 = tensor.quantization is not None and tensor.quantization.mode == "mxfp4"
    if is_mxfp4 and all(_keeps_blocks(op, GGML_QUANT_SIZES[MXFP4][0]) for op in ops):
        return MXFP4, "repacked"  # as llama.cpp's converter, whatever the type of the file
    if output_type is OutputType.AUTO:
        if tensor.quantization:
            # F16 is the nearest to affine packing: 11 bits of mantissa, where BF16 has 8. BF16 holds all MXFP4 values.
            return (BF16 if is_mxfp4 else F16), "decoded"
        return STORED_TYPES[tensor.dtype], ""
    wanted = FIXED_TYPES[output_type]
    block = GGML_QUANT_SIZES[wanted][0]
    if shape[-1] % block:
        return F16, f"F16: rows of {shape[-1]} are no multiple of {block}, as {wanted.name} needs"
    return wanted, ""


def _keeps_blocks(op: Op, block: int) -> bool:
    """Whether an op only moves whole blocks of a row."""
    if isinstance(op, Columns):
        return all(_keeps_ends(pick, block) for pick in op.picks)
    return isinstance(op, Rows)


def _keeps_ends(pick: Pick, block: int) -> bool:
    """Whether the last axis of the view stays the last one, and consists of whole blocks."""
    last = len(pick.view) - 1
    edges = (pick.view[last], pick.offset, *(pick.part[last] if pick.part else ()))
    return (not pick.order or pick.order[last] == last) and not any(edge % block for edge in edges)


def byte_size(shape: tuple[int, ...], kind: GGMLQuantizationType) -> int:
    """Bytes of a tensor of whole blocks."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    return prod(shape) // block * block_bytes
