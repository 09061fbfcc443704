"""general.file_type: the name that the mixture of types in a file has."""

from collections import Counter

from gguf import GGMLQuantizationType, LlamaFileType

from app.core.ggml_types import OUTPUTS, TENSOR_TYPES, OutputType, Recipe, T
from app.core.plan.conversion_plan import PlannedTensor


def file_type(tensors: tuple[PlannedTensor, ...], output_type: OutputType) -> LlamaFileType:
    """That of the mix or of the chosen type; else of the type that most bytes of matrices have.

    What was chosen for single tensors changes it only there, as in llama.cpp's quantizer.
    Experts in MXFP4 decide, but for Q8_0, as in llama.cpp's converter (conversion/base.py, prepare_metadata).
    """
    output = OUTPUTS[output_type]
    experts_decide = output.recipe is not Recipe.MIX and output.base is not T.Q8_0
    if experts_decide and any(tensor.type is T.MXFP4 and not tensor.choice for tensor in tensors):
        return LlamaFileType.MOSTLY_MXFP4_MOE
    if output.file_type is not None:
        return output.file_type
    weights: Counter[GGMLQuantizationType] = Counter()
    for tensor in tensors:
        if len(tensor.shape) > 1:
            weights[tensor.type] += tensor.byte_count
    return TENSOR_TYPES[weights.most_common(1)[0][0]].file_type if weights else LlamaFileType.ALL_F32
