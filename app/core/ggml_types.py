"""The one table of GGUF types that a tensor may have, and the one of output types: what a person may ask of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from app.core.choices import OutputType as OutputType
from app.core.text import NOTHING, Text, text

T = GGMLQuantizationType
F = LlamaFileType


class Importance(Enum):
    """Whether the blocks of a type are chosen by an importance matrix."""

    UNUSED = auto()
    USED = auto()  # ggml-quants.c
    NEEDED = auto()  # src/llama-quant.cpp, tensor_requires_imatrix


@dataclass(frozen=True)
class TensorType:
    """One GGUF type.

    `fallback` takes its place where a row is no whole number of blocks (src/llama-quant.cpp, tensor_type_fallback); a
    file most of whose matrices have the type is called `file_type` (src/llama-model-loader.cpp, "guessed").
    `nanoseconds`: what a value takes to be encoded on one core of an AMD EPYC (Zen 4), by our kernels if there is one,
    the measuring of its error included; only their relation matters, to tell the time that is left.
    """

    type: GGMLQuantizationType
    file_type: LlamaFileType
    nanoseconds: float
    importance: Importance = Importance.UNUSED
    fallback: GGMLQuantizationType | None = None

    @property
    def name(self) -> str:
        """As GGUF calls it."""
        return self.type.name

    @property
    def block_length(self) -> int:
        """Values in a block."""
        return GGML_QUANT_SIZES[self.type][0]

    @property
    def block_bytes(self) -> int:
        """Bytes of a block."""
        return GGML_QUANT_SIZES[self.type][1]


USED, NEEDED = Importance.USED, Importance.NEEDED
_TYPES = (  # the largest first
    TensorType(T.F32, F.ALL_F32, 0.3),
    TensorType(T.F16, F.MOSTLY_F16, 0.7),
    TensorType(T.BF16, F.MOSTLY_BF16, 0.1),
    TensorType(T.Q8_0, F.MOSTLY_Q8_0, 1.1),
    TensorType(T.Q6_K, F.MOSTLY_Q6_K, 7.7, USED, T.Q8_0),
    TensorType(T.Q5_1, F.MOSTLY_Q5_1, 2.2, USED),
    TensorType(T.Q5_K, F.MOSTLY_Q5_K_M, 9.6, USED, T.Q5_1),
    TensorType(T.Q5_0, F.MOSTLY_Q5_0, 1.9, USED),
    TensorType(T.Q4_1, F.MOSTLY_Q4_1, 2.0, USED),
    TensorType(T.Q4_K, F.MOSTLY_Q4_K_M, 11.4, USED, T.Q5_0),
    TensorType(T.Q4_0, F.MOSTLY_Q4_0, 1.8, USED),
    TensorType(T.IQ4_NL, F.MOSTLY_IQ4_NL, 20, USED),
    TensorType(T.NVFP4, F.MOSTLY_NVFP4, 27, fallback=T.Q8_0),
    TensorType(T.IQ4_XS, F.MOSTLY_IQ4_XS, 20, USED, T.IQ4_NL),
    TensorType(T.MXFP4, F.MOSTLY_MXFP4_MOE, 4.6),
    TensorType(T.Q3_K, F.MOSTLY_Q3_K_M, 7.3, USED, T.Q4_0),
    TensorType(T.IQ3_S, F.MOSTLY_IQ3_S, 321, USED, T.IQ4_NL),
    TensorType(T.IQ3_XXS, F.MOSTLY_IQ3_XXS, 435, NEEDED, T.IQ4_NL),
    TensorType(T.Q2_K, F.MOSTLY_Q2_K, 11, USED, T.Q4_0),
    TensorType(T.IQ2_S, F.MOSTLY_IQ2_S, 229, NEEDED, T.IQ4_NL),
    TensorType(T.IQ2_XS, F.MOSTLY_IQ2_XS, 785, NEEDED, T.IQ4_NL),
    TensorType(T.IQ2_XXS, F.MOSTLY_IQ2_XXS, 403, NEEDED, T.IQ4_NL),
    TensorType(T.IQ1_M, F.MOSTLY_IQ1_M, 142, NEEDED, T.IQ4_NL),
    TensorType(T.IQ1_S, F.MOSTLY_IQ1_S, 168, NEEDED, T.IQ4_NL),
)
TENSOR_TYPES: Mapping[GGMLQuantizationType, TensorType] = {one.type: one for one in _TYPES}
TYPES_BY_NAME: Mapping[str, GGMLQuantizationType] = {one.name.lower(): one.type for one in _TYPES}
# The types that hold plain numbers, by the dtype of safetensors that has the same bytes
FLOAT_TYPES: Mapping[str, GGMLQuantizationType] = {"F32": T.F32, "F16": T.F16, "BF16": T.BF16}


def types_by_importance(*which: Importance) -> tuple[GGMLQuantizationType, ...]:
    """All types that do so with an importance matrix, the largest first."""
    return tuple(one.type for one in _TYPES if one.importance in which)


class Recipe(Enum):
    """How each matrix gets its type."""

    BY_FOLDER = auto()  # by what the folder holds: plan/types/tensor_types.py
    FIXED = auto()  # all the same one, as llama.cpp's converter does it (conversion/base.py)
    MIX = auto()  # the base type, and more bits where it matters, as llama-quantize does it: plan/types/mix.py


@dataclass(frozen=True)
class Output:
    """What one output type means: its recipe, the type of most matrices, and the name of the file's type.

    Of no `file_type` the types of the tensors decide. `family` groups what is alike. `title` is for a menu, `hint` one
    line about what the type is good for.
    """

    output_type: OutputType
    recipe: Recipe
    family: str
    base: GGMLQuantizationType | None
    file_type: LlamaFileType | None
    hint: Text
    title: Text | str = ""


def _mix(kind: OutputType, base: GGMLQuantizationType, family: str, hint: Text, title: Text | str = "") -> Output:
    name = "MXFP4_MOE" if base is T.MXFP4 else kind.name
    return Output(kind, Recipe.MIX, family, base, LlamaFileType[f"MOSTLY_{name}"], hint, title or kind.name)


def _fixed(kind: OutputType, family: str, hint: Text) -> Output:
    base = GGMLQuantizationType[kind.name]
    return Output(kind, Recipe.FIXED, family, base, TENSOR_TYPES[base].file_type, hint, kind.name)


def _by_folder(kind: OutputType, title: Text, hint: Text) -> Output:
    return Output(kind, Recipe.BY_FOLDER, "folder", None, None, hint, title)


O = OutputType  # noqa: E741 - the table below is one line each
_OUTPUTS = (  # in the order of a menu
    _by_folder(O.AUTO, text("Best match"), text("Lossless, or as close as possible at about the folder's size")),
    _by_folder(O.LOSSLESS, text("Lossless"), text("Exact wherever GGUF can hold the values, however large the file")),
    _fixed(O.F32, "floats", text("Exact for every value; four bytes per value")),
    _fixed(O.F16, "floats", text("Runs everywhere; two bytes per value")),
    _fixed(O.BF16, "floats", text("The type that most models are trained in; two bytes per value")),
    _fixed(O.Q8_0, "k-quants", text("Almost no loss at about half the size")),
    _mix(O.Q6_K, T.Q6_K, "k-quants", text("Very small loss")),
    _mix(O.Q5_K_M, T.Q5_K, "k-quants", text("Small loss")),
    _mix(O.Q5_K_S, T.Q5_K, "k-quants", NOTHING),
    _mix(O.Q4_K_M, T.Q4_K, "k-quants", text("The most popular: a good balance of size and quality")),
    _mix(O.Q4_K_S, T.Q4_K, "k-quants", NOTHING),
    _mix(O.Q3_K_L, T.Q3_K, "k-quants", NOTHING),
    _mix(O.Q3_K_M, T.Q3_K, "k-quants", text("For little memory; the loss shows")),
    _mix(O.Q3_K_S, T.Q3_K, "k-quants", NOTHING),
    _mix(O.Q2_K, T.Q2_K, "k-quants", text("The smallest, with a large loss")),
    _mix(O.IQ4_NL, T.IQ4_NL, "blocks", NOTHING),
    _mix(O.IQ4_XS, T.IQ4_XS, "blocks", text("Somewhat smaller than Q4_K_S, and slower on some machines")),
    _mix(O.Q5_1, T.Q5_1, "blocks", NOTHING),
    _mix(O.Q5_0, T.Q5_0, "blocks", NOTHING),
    _mix(O.Q4_1, T.Q4_1, "blocks", NOTHING),
    _mix(O.Q4_0, T.Q4_0, "blocks", NOTHING),
    _mix(
        O.MXFP4,
        T.MXFP4,
        "4-bit floats",
        text("For models trained in MXFP4; other matrices become Q8_0"),
        text("MXFP4 for experts"),
    ),
    # llama.cpp's quantizer has no such mix: as MXFP4, for all layers
    _mix(O.NVFP4, T.NVFP4, "4-bit floats", text("Not for Macs: llama.cpp cannot run it on their GPUs")),
)
OUTPUTS: Mapping[OutputType, Output] = {one.output_type: one for one in _OUTPUTS}


def outputs_by_family() -> tuple[tuple[Output, ...], ...]:
    """The output types in the order of a menu, those that are alike together."""
    families = dict.fromkeys(one.family for one in _OUTPUTS)
    return tuple(tuple(one for one in _OUTPUTS if one.family == family) for family in families)
