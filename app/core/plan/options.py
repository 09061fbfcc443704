"""What the user may choose."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.architectures import Layout
from app.core.ggml_types import OutputType
from app.core.model.imatrix import Imatrix
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.plan.types.tensor_choices import TensorChoices


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
    tensor_types: TensorChoices = ()  # for single tensors, before all rules; the first that finds a name counts
    imatrix: Imatrix | None = None  # what weights/imatrix_file.py read
    name: str = ""  # the model's, which is else that of the folder
    pre_tokenizer: str = ""  # a name that llama.cpp knows, instead of the one that is recognised
    metadata: tuple[MetadataEntry, ...] = ()  # of general.*; an empty value takes a key away
    split_max_size: int | None = None  # bytes of tensors in one file; None: all in one
