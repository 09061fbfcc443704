"""What the user may choose."""

from dataclasses import dataclass

from app.core.choices import HeadChoice as HeadChoice
from app.core.choices import Layout, OutputType
from app.core.model.imatrix import Imatrix
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.plan.types.tensor_choices import TensorChoices


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
