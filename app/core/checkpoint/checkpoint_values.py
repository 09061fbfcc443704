"""The values of this stage: what a folder holds, as headers and JSON say it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

from app.core.checkpoint.purpose import Purpose
from app.core.checkpoint.quantization import Quantization, QuantizationSettings
from app.core.findings import Finding


@dataclass(frozen=True)
class WeightFile:
    """One safetensors file, or an adapter's .npz.

    Size and time tell later whether it is still the file that was looked at.
    """

    path: Path
    byte_count: int
    modified_ns: int
    tensor_count: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One entry of such a file's header; `offset` counts from the start of the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: WeightFile = field(repr=False)
    offset: int
    byte_count: int


@dataclass(frozen=True, slots=True)
class View:
    """Some of a stored tensor's values, as an array of this `shape`: `start` is the first one, and `strides` are the
    steps from one to the next on each axis, all counted in values.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    start: int = 0


@dataclass(frozen=True)
class Factor:
    """One of the two thin matrices of an update: (…, lines, rank) of the left one, (…, rank, columns) of the right one.

    `is_transposed`: its last two axes are stored the other way round. With a leading axis there is one for each expert.
    With a `cut` it is only that of what is stored, whatever else is said of it.
    """

    stored: StoredTensor
    is_transposed: bool = False
    cut: View | None = None

    @cached_property
    def view(self) -> View:
        """As it is used."""
        if self.cut is not None:
            return self.cut
        *outer, rows, columns = self.stored.shape
        steps = tuple(prod(self.stored.shape[axis + 1 :]) for axis in range(len(outer)))
        if self.is_transposed:
            return View((*outer, columns, rows), (*steps, 1, columns))
        return View(self.stored.shape, (*steps, columns, 1))

    @property
    def shape(self) -> tuple[int, ...]:
        """As it is used."""
        return self.view.shape


@dataclass(frozen=True, slots=True)
class LowRank:
    """What an adapter adds to a matrix: scale · left · right.

    DoRA then gives every row the length that `magnitude`, (rows,), has for it. Rows are counted through all matrices of
    a stack: row n of the tensor is row `first` + n of what was trained, and stays as it is where there is none such. So
    a tensor may be a part of what was trained, and what was trained a part of it.
    """

    left: Factor
    right: Factor
    scale: float
    magnitude: StoredTensor | None = None
    first: int = 0

    @property
    def row_count(self) -> int:
        """Rows of each matrix that was trained."""
        return self.left.shape[-2]

    @property
    def rows_in_all(self) -> int:
        """Rows of all matrices that were trained."""
        return prod(self.left.shape[:-1])

    @property
    def rank(self) -> int:
        """The length that both factors share."""
        return self.right.shape[-2]

    @property
    def parts(self) -> tuple[StoredTensor, ...]:
        """Everything stored for this update."""
        factors = self.left.stored, self.right.stored
        return factors if self.magnitude is None else (*factors, self.magnitude)

    def touched(self, row: int, count: int) -> tuple[int, int]:
        """Of `count` rows of the tensor from `row` on, those that it changes: the first of them, and how many."""
        begin = max(row, -self.first)
        end = min(row + count, self.rows_in_all - self.first)
        return begin, max(end - begin, 0)


@dataclass(frozen=True, slots=True)
class ModelTensor:
    """One matrix or vector of the model: stored as it is, or packed by MLX with its scales and biases.

    `shape` is that of the values, `dtype` that of the stored values (of the scales when quantized).
    `global_scale` holds one number for each matrix. `updates` are what adapters add to the values, one after the other.

    The shapes of packed words and scales may allow several `ways` to read them, of which the width that the family
    asks for tells one. Until then there is no `quantization` where the settings name none of these; `contradiction`
    says why there is no way at all. In both cases `shape` and `dtype` are those of the words.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    stored: StoredTensor
    scales: StoredTensor | None = None
    biases: StoredTensor | None = None
    quantization: Quantization | None = None
    global_scale: StoredTensor | None = None
    updates: tuple[LowRank, ...] = ()
    ways: tuple[Quantization, ...] = ()
    contradiction: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether it is known how to read its values."""
        return not self.contradiction and (self.quantization is not None or not self.ways)

    @property
    def parts(self) -> tuple[StoredTensor, ...]:
        """Everything stored for this tensor."""
        if self.scales is None:
            return (self.stored,)
        parts = (self.stored, self.scales, self.biases, self.global_scale)
        return tuple(part for part in parts if part is not None)

    @property
    def files(self) -> tuple[WeightFile, ...]:
        """Where its values come from, with those of the adapters."""
        stored = (one for update in self.updates for one in update.parts)
        return tuple(part.file for part in (*self.parts, *stored))

    @property
    def is_plain(self) -> bool:
        """Whether the stored bytes are its values: neither packed nor changed by an adapter."""
        return self.quantization is None and not self.updates

    @property
    def stored_type(self) -> str:
        """The name of the GGUF type that has the same bytes, if there is one, or of another dtype; "" when packed."""
        return self.dtype if self.quantization is None else self.quantization.codec.upper()

    @property
    def element_count(self) -> int:
        """Number of values."""
        return prod(self.shape)

    @property
    def byte_count(self) -> int:
        """Bytes in the folder, scales and biases included."""
        return self.stored.byte_count if self.scales is None else sum(part.byte_count for part in self.parts)


@dataclass(frozen=True)
class TokenizerFiles:
    """The tokenizer's files that exist, and the small ones already parsed.

    `added_tokens` is added_tokens.json, text → id; `named_templates` are the chat templates besides the usual one.
    """

    tokenizer_json: Path | None = None
    tokenizer_model: Path | None = None
    vocab_json: Path | None = None
    merges_txt: Path | None = None
    word_list: Path | None = None
    tekken: Path | None = None
    tokenizer_config: Mapping[str, Any] = field(default_factory=dict)
    added_tokens: Mapping[str, Any] = field(default_factory=dict)
    chat_template: str | None = field(default=None, repr=False)
    chat_template_source: str = ""
    named_templates: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def has_vocabulary(self) -> bool:
        """Whether there is a file, or a pair of files, that holds all tokens."""
        whole = self.tokenizer_json, self.tokenizer_model, self.word_list, self.tekken
        return self.has_vocab_and_merges or any(path is not None for path in whole)

    @property
    def has_vocab_and_merges(self) -> bool:
        """The form that GPT-2 had, before tokenizer.json."""
        return self.vocab_json is not None and self.merges_txt is not None

    @property
    def is_word_list(self) -> bool:
        """Whether PLaMo's own file is all that there is to read."""
        return self.word_list is not None and self.main_name == self.word_list.name

    @property
    def main_name(self) -> str:
        """The file that the vocabulary is read from."""
        pair = self.vocab_json if self.has_vocab_and_merges else None
        ranked = self.tokenizer_json, self.tokenizer_model, pair, self.word_list, self.tekken
        read = next((path for path in ranked if path), None)
        return "tokenizer.json" if read is None else read.name


@dataclass(frozen=True)
class Checkpoint:
    """A model folder. It may be broken: then `findings` say how, and what could be read is here all the same.

    `is_complete` is false where weights or tokenizer are missing, or are in no form that can be read, or where this is
    no language model: then nothing is found out by looking further. `lost_tensors` are named by the index and held by
    no file.
    `module_tensors` are those of what comes after the model, as FOLDER.NAME, which only some families have a place for.
    `unfused` are the factors of LoRA layers that were saved among the weights.
    """

    folder: Path
    name: str
    config: Mapping[str, Any]
    generation_config: Mapping[str, Any]
    model_card: Mapping[str, Any]
    tensors: tuple[ModelTensor, ...]
    files: tuple[WeightFile, ...]
    saved_by_mlx: bool
    quantization: QuantizationSettings | None
    tokenizer: TokenizerFiles
    findings: tuple[Finding, ...]
    is_complete: bool = True
    lost_tensors: tuple[str, ...] = field(default=(), repr=False)
    purpose: Purpose = field(default_factory=Purpose)
    module_tensors: tuple[ModelTensor, ...] = ()
    unfused: tuple[StoredTensor, ...] = field(default=(), repr=False)

    @property
    def model_type(self) -> str | None:
        """`model_type` of config.json, when it is a string."""
        value = self.config.get("model_type")
        return value if isinstance(value, str) else None

    @property
    def parameter_count(self) -> int:
        """Number of weights, all tensors of the folder together."""
        return sum(tensor.element_count for tensor in self.tensors)

    @cached_property
    def bytes_by_storage(self) -> Counter[tuple[str, Quantization | None]]:
        """Bytes of weights by dtype and packing."""
        counts = Counter[tuple[str, Quantization | None]]()
        for tensor in self.tensors:
            counts[tensor.dtype, tensor.quantization] += tensor.byte_count
        return counts

    @property
    def byte_count(self) -> int:
        """Bytes of all weights."""
        return self.bytes_by_storage.total()
