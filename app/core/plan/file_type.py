"""general.file_type: the name that the mixture of types in a file has."""

from collections import Counter

from gguf import GGMLQuantizationType, LlamaFileType

from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.mix import MIXES
from app.core.plan.options import OutputType
from app.core.plan.tensor_types import FIXED_TYPES

T = GGMLQuantizationType
# What llama.cpp calls a file most of which has one type: src/llama-model-loader.cpp, "guessed"
FILE_TYPES = {
    **{
        kind: LlamaFileType[f"MOSTLY_{kind.name}"]
        for kind in GGMLQuantizationType
        if f"MOSTLY_{kind.name}" in LlamaFileType.__members__
    },
    T.F32: LlamaFileType.ALL_F32,
    T.Q3_K: LlamaFileType.MOSTLY_Q3_K_M,
    T.Q4_K: LlamaFileType.MOSTLY_Q4_K_M,
    T.Q5_K: LlamaFileType.MOSTLY_Q5_K_M,
    T.MXFP4: LlamaFileType.MOSTLY_MXFP4_MOE,
}


def file_type(tensors: tuple[PlannedTensor, ...], output_type: OutputType) -> LlamaFileType:
    """That of the mix or of the chosen type; else of the type that most bytes of matrices have.

    What was chosen for single tensors changes it only there, as in llama.cpp's quantizer.
    Experts in MXFP4 decide, but for Q8_0, as in llama.cpp's converter (conversion/base.py, prepare_metadata).
    """
    if output_type in MIXES:
        return MIXES[output_type].file_type
    chosen = FIXED_TYPES.get(output_type)
    if chosen is not T.Q8_0 and any(tensor.type is T.MXFP4 and not tensor.choice for tensor in tensors):
        return LlamaFileType.MOSTLY_MXFP4_MOE
    if chosen is not None:
        return FILE_TYPES[chosen]
    weights: Counter[GGMLQuantizationType] = Counter()
    for tensor in tensors:
        if len(tensor.shape) > 1:
            weights[tensor.type] += tensor.byte_count
    return FILE_TYPES[weights.most_common(1)[0][0]] if weights else LlamaFileType.ALL_F32
