"""What the user may choose."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.architectures import Layout


class OutputType(StrEnum):
    """How the matrices are stored in the file. Vectors are always F32."""

    AUTO = "auto"  # as the folder has them
    F32 = "f32"
    F16 = "f16"
    BF16 = "bf16"
    Q8_0 = "q8_0"


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
