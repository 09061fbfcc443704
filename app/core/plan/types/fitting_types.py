"""Which types a tensor of the file can have: what its name, its rows and llama.cpp allow."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.ggml_types import FLOAT_TYPES, TENSOR_TYPES, Importance, T
from app.core.model.expected_tensors import Shape
from app.core.model.imatrix import Imatrix
from app.core.plan.types.mix import is_quantized

# Matrices that llama.cpp only takes as F32, whatever the type of the file: conversion/base.py, prepare_tensors,
# and conversion/minimax.py, tensor_force_quant
ALWAYS_F32 = re.compile(
    r"(position_embd|token_types|\.(ffn_gate_inp|ffn_gate_inp_shexp|ssm_conv1d|ssm_conv1d_[qkv]|shortconv\.conv"
    r"|altup_correct_coef|altup_predict_coef|indexer\.proj|indexer\.[qk]_proj))\.weight$"
)


class WrittenTensor(Protocol):
    """A planned tensor, or the draft of one."""

    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> Shape: ...
    @property
    def sources(self) -> Sequence[Any]: ...


def fitting_types(tensor: WrittenTensor, imatrix: Imatrix | None = None) -> tuple[GGMLQuantizationType, ...]:
    """What a person may choose, the largest first; only F32 for what llama.cpp takes as nothing else.

    Without an importance matrix that covers the tensor, types that need one are left out.
    """
    has_importance = imatrix is not None and imatrix.importance(tensor.name, tensor.shape) is not None
    return tuple(
        kind
        for kind in TENSOR_TYPES
        if is_allowed(tensor, kind)
        and has_whole_blocks(tensor.shape, kind)
        and (has_importance or TENSOR_TYPES[kind].importance is not Importance.NEEDED)
    )


def is_allowed(tensor: WrittenTensor, kind: GGMLQuantizationType) -> bool:
    """Whether llama.cpp takes a tensor as `kind`, if its rows are whole blocks."""
    if kind is T.F32:
        return True
    if not tensor.sources or stays_f32(tensor.name, tensor.shape):
        return False
    return kind in FLOAT_TYPES.values() or is_quantized(tensor.name, tensor.shape)


def has_whole_blocks(shape: Shape, kind: GGMLQuantizationType) -> bool:
    """Whether rows divide into blocks of `kind`."""
    return not shape[-1] % GGML_QUANT_SIZES[kind][0]


def stays_f32(name: str, shape: Shape) -> bool:
    """Vectors, norms and a few small matrices."""
    is_matrix = len(shape) > 1 and name.endswith(".weight") and not name.endswith("_norm.weight")
    return not is_matrix or ALWAYS_F32.search(name) is not None
