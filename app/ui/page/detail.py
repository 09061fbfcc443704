"""The pages that open from the overview."""

from enum import Enum, auto


class Detail(Enum):
    """Which."""

    NOTES = auto()
    HEAD = auto()
    TOKENIZER = auto()
    MODEL = auto()
    TENSORS = auto()
    PROOF = auto()
