"""Remedies: what a person can choose to be rid of a finding, as data that a front acts on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from app.core.ggml_types import OUTPUTS, OutputType
from app.core.text import Text, text


@dataclass(frozen=True)
class ChoosePreTokenizer:
    """Take one of these; names that llama.cpp knows."""

    kind: ClassVar = "choose-pre-tokenizer"
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """What stands on a button."""
        return _use(self.names, text("Choose a Pre-Tokenizer…"))


@dataclass(frozen=True)
class ChooseTensorType:
    """Give the tensors that a pattern finds, whose type was chosen, one of these types; names of GGUF types."""

    kind: ClassVar = "choose-tensor-type"
    pattern: str
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """What stands on a button."""
        return _use(self.names, text("Choose Another Type…"))


@dataclass(frozen=True)
class ChooseHead:
    """What is done about lm_head, by the value of a `HeadChoice`."""

    kind: ClassVar = "choose-head"
    choice: str

    @property
    def label(self) -> str:
        """What stands on a button."""
        return HEAD_LABELS[self.choice]


@dataclass(frozen=True)
class ChooseLayout:
    """Who arranged the tensors, by the value of a `Layout`."""

    kind: ClassVar = "choose-layout"
    layout: str

    @property
    def label(self) -> str:
        """What stands on a button."""
        return LAYOUT_LABELS[self.layout]


@dataclass(frozen=True)
class ChooseType:
    """Another output type."""

    kind: ClassVar = "choose-type"
    output_type: OutputType

    @property
    def label(self) -> str:
        """What stands on a button."""
        return text("Use {name}", name=OUTPUTS[self.output_type].title)


@dataclass(frozen=True)
class ChooseName:
    """A name for the model; `name` is one that would do, "" where any other does."""

    kind: ClassVar = "choose-name"
    name: str = ""

    @property
    def label(self) -> str:
        """What stands on a button."""
        return text("Name the Model…")


@dataclass(frozen=True)
class ChooseImatrix:
    """An importance matrix, out of a file that only the person knows."""

    kind: ClassVar = "choose-imatrix"

    @property
    def label(self) -> str:
        """What stands on a button."""
        return text("Choose an Importance Matrix…")


@dataclass(frozen=True)
class LeaveOutImatrix:
    """No importance matrix."""

    kind: ClassVar = "leave-out-imatrix"

    @property
    def label(self) -> str:
        """What stands on a button."""
        return text("Use No Importance Matrix")


@dataclass(frozen=True)
class AddAdapter:
    """Add the adapter in this folder or file to the model that is open."""

    kind: ClassVar = "add-adapter"
    path: str

    @property
    def label(self) -> str:
        """What stands on a button."""
        return text("Add the Adapter")


OneOfMany = ChoosePreTokenizer | ChooseTensorType  # to be applied with a single name
Applicable = OneOfMany | ChooseHead | ChooseLayout | ChooseType | ChooseName | LeaveOutImatrix
Remedy = Applicable | ChooseImatrix | AddAdapter

HEAD_LABELS: Mapping[str, Text] = {
    "auto": text("Decide Automatically"),
    "share": text("Share the Embedding"),
    "keep": text("Keep the Head"),
}
LAYOUT_LABELS: Mapping[str, Text] = {
    "mlx": text("Use the mlx-lm Layout"),
    "huggingface": text("Use the Hugging Face Layout"),
}


def as_data(remedy: Remedy) -> dict[str, Any]:
    """For JSON: the kind of the remedy, and what it holds."""
    return {"kind": remedy.kind, **asdict(remedy)}


def _use(names: tuple[str, ...], question: Text) -> Text:
    return text("Use {name}", name=names[0]) if len(names) == 1 else question
