"""Which GGUF type each tensor gets, and how many bytes that is: llama.cpp's rules (conversion/base.py)."""

from math import prod

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.dtypes import FLOATS
from app.core.plan.options import OutputType

F32, F16, BF16 = GGMLQuantizationType.F32, GGMLQuantizationType.F16, GGMLQuantizationType.BF16

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
}


def is_float(tensor: ModelTensor) -> bool:
    """True for what can be written: values in a float type, or MLX's affine packing with such scales."""
    packing = tensor.quantization
    return tensor.dtype in FLOATS and (packing is None or packing.mode == "affine")


def choose_type(tensor: ModelTensor, gguf_name: str, output_type: OutputType) -> tuple[GGMLQuantizationType, str]:
    """The type, and a remark where it is not the one that was chosen."""
    if len(tensor.shape) <= 1 or gguf_name.endswith("_norm.weight"):
        return F32, ""
    if output_type is OutputType.AUTO:
        # F16 is the nearest to packed values: 11 bits of mantissa, where BF16 has 8
        return (F16, "decoded") if tensor.quantization else (STORED_TYPES[tensor.dtype], "")
    wanted = FIXED_TYPES[output_type]
    block = GGML_QUANT_SIZES[wanted][0]
    if tensor.shape[-1] % block:
        return F16, f"F16: rows of {tensor.shape[-1]} are no multiple of {block}, as {wanted.name} needs"
    return wanted, ""


def byte_size(shape: tuple[int, ...], kind: GGMLQuantizationType) -> int:
    """Bytes of a tensor of whole blocks."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    return prod(shape) // block * block_bytes
