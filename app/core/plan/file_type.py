"""general.file_type: the name that the mixture of types in a file has."""

from collections import Counter

from gguf import GGMLQuantizationType, LlamaFileType

from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.mix import MIXES
from app.core.plan.options import OutputType
from app.core.plan.tensor_types import FIXED_TYPES

T = GGMLQuantizationType
FILE_TYPES = {
    T.F32: LlamaFileType.ALL_F32,
    T.F16: LlamaFileType.MOSTLY_F16,
    T.BF16: LlamaFileType.MOSTLY_BF16,
    T.Q8_0: LlamaFileType.MOSTLY_Q8_0,
    T.Q4_1: LlamaFileType.MOSTLY_Q4_1,
    T.Q5_1: LlamaFileType.MOSTLY_Q5_1,
    T.MXFP4: LlamaFileType.MOSTLY_MXFP4_MOE,
}


def file_type(tensors: tuple[PlannedTensor, ...], output_type: OutputType) -> LlamaFileType:
    """That of the mix or of the chosen type; else of the type that most bytes of matrices have.

    Experts in MXFP4 decide, but for Q8_0, as in llama.cpp's converter (conversion/base.py, prepare_metadata).
    """
    if output_type in MIXES:
        return MIXES[output_type].file_type
    chosen = FIXED_TYPES.get(output_type)
    if chosen is not T.Q8_0 and any(tensor.type is T.MXFP4 for tensor in tensors):
        return LlamaFileType.MOSTLY_MXFP4_MOE
    if chosen is not None:
        return FILE_TYPES[chosen]
    weights: Counter[GGMLQuantizationType] = Counter()
    for tensor in tensors:
        if len(tensor.shape) > 1:
            weights[tensor.type] += tensor.byte_count
    return FILE_TYPES[weights.most_common(1)[0][0]] if weights else LlamaFileType.ALL_F32
