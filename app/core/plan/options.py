"""What the user may choose."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.architectures import Layout
from app.core.plan.imatrix import Imatrix
from app.core.plan.tensor_choices import TensorChoices


class OutputType(StrEnum):
    """How the matrices are stored in the file. Vectors are always F32."""

    AUTO = "auto"  # as the folder has them, or as near as its size allows
    LOSSLESS = "lossless"  # exact wherever GGUF can hold the values
    F32 = "f32"
    F16 = "f16"
    BF16 = "bf16"
    Q8_0 = "q8_0"
    Q6_K = "q6_k"  # from here on llama.cpp's mixes: plan/mix.py
    Q5_K_M = "q5_k_m"
    Q5_K_S = "q5_k_s"
    Q5_1 = "q5_1"
    Q5_0 = "q5_0"
    Q4_K_M = "q4_k_m"
    Q4_K_S = "q4_k_s"
    Q4_1 = "q4_1"
    Q4_0 = "q4_0"
    IQ4_NL = "iq4_nl"
    IQ4_XS = "iq4_xs"
    Q3_K_L = "q3_k_l"
    Q3_K_M = "q3_k_m"
    Q3_K_S = "q3_k_s"
    Q2_K = "q2_k"
    MXFP4 = "mxfp4"  # experts; the rest Q8_0
    NVFP4 = "nvfp4"


class HeadChoice(StrEnum):
    """What to do about the output matrix."""

    AUTO = "auto"  # what the verdict says
    SHARE = "share"  # use the embedding for the output too
    KEEP = "keep"  # write the head of the folder as a matrix of its own


@dataclass(frozen=True)
class PlanOptions:
    """Every option has the default that is right for most."""

    output_type: OutputType = OutputType.AUTO
    head: HeadChoice = HeadChoice.AUTO
    layout: Layout | None = None  # None: by the evidence in the folder
    pre_tokenizer: str | None = None  # a name that llama.cpp knows, where it cannot be recognised
    tensor_types: TensorChoices = ()  # for single tensors, before all rules; the first that finds a name counts
    imatrix: Imatrix | None = None  # what weights/imatrix_file.py read
    name: str = ""  # the model's, which is else that of the folder
