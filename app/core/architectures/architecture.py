"""How a family of models is written down: only what differs, as data.

Three facts are kept apart. In which forms folders hold a tensor: `TensorRule.published`, `.by_mlx`, `.also`. From the
published form to GGUF: `TensorRule.name`, `.gguf`, `.change`. From config.json to metadata: `Architecture.metadata`.
"""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from app.core.architectures.config_rows import Config, ConfigRow
from app.core.architectures.ops import NOTHING, Change
from app.core.architectures.requirements import Requirement
from app.core.choices import Layout as Layout
from app.core.known_vocabulary import KnownVocabulary as KnownVocabulary
from app.core.text import Text


class Head(StrEnum):
    """Does llama.cpp read a separate output matrix, `output.weight`?"""

    NEVER = "never"
    OPTIONAL = "optional"
    REQUIRED = "required"  # a file without it does not load


class MlxHead(StrEnum):
    """By what does mlx-lm decide whether `lm_head` is used?"""

    PRESENCE = "presence"  # a head in the folder is used, whatever config.json says
    CONFIG = "config"  # `tie_word_embeddings`; when it ties, sanitize() throws the head away
    NEVER = "never"  # the output is always computed with the embedding


@dataclass(frozen=True)
class HeadFacts:
    """What either engine does with `lm_head`; `ties` is what mlx-lm takes where config.json is silent.

    Of a family that `unties_as_published` transformers takes a head of its own there, though mlx-lm ties.
    """

    llama_cpp: Head
    mlx: MlxHead
    ties: bool = False
    unties_as_published: bool = False


@dataclass(frozen=True)
class Layer:
    """What a rule may depend on: config.json, the sizes, and which layer it is (0 for what is in no layer)."""

    config: Config
    sizes: Mapping[str, int]
    index: int = 0


ChangeFor = Callable[[Layer], Change]  # where numbers follow from config.json
AnyChange = Change | ChangeFor


@dataclass(frozen=True)
class Form:
    """One way in which folders hold what a tensor of the file is made of.

    Of several `names` each is a stack, and all together hold the rows of every matrix in turn; a single one is like a
    rule's `name`. `shape` names the sizes of the whole, `change` is what is still to be done to it. With a `share` of
    (number, of how many) it is that share of the rows of a matrix, or of every one in a stack.
    """

    names: tuple[str, ...]
    shape: tuple[str, ...]
    change: AnyChange = NOTHING
    share: tuple[int, int] | None = None


@dataclass(frozen=True)
class TensorRule:
    """One tensor of the GGUF file, and what it is made of.

    `name` is the published name, `{}` standing for the layer; a second `{}` stands for the expert: GGUF (and mlx-lm)
    make one tensor of all experts' matrices; a stack that is in no layer has `{1}` for the number. `saved` is the name
    that mlx-lm saves it under, where that is another (it may be a stack where `name` is none), `split` the names where
    it has cut each matrix of a stack into several of the same height. `remaining` is what is still to be done then,
    where its sanitize() has done some of `change` (None: all). A `share` is of what is published: see `Form`. `also`
    are further forms that mlx-lm, or an older one, reads or saves. `shape` names sizes, and is the shape in the folder
    but for axes of length one; `written` is the one in the file, where that is another. `gguf` is the name in
    the file, without the `blk.N.` of what is in layers. `layers` tells which layers have the tensor, all by default; an
    `optional` one may be missing. `has_file_type` is for a matrix that is usually F32, but here of the type of the file
    where the user chose one. With a `key` the tensor is a single number, and the file has it as metadata: what is in
    layers as a list, one number for each.
    """

    name: str
    shape: tuple[str, ...]
    change: AnyChange = NOTHING
    optional: bool = False
    saved: str = ""
    split: tuple[str, ...] = ()
    remaining: AnyChange | None = None
    share: tuple[int, int] | None = None
    also: tuple[Form, ...] = ()
    written: tuple[str, ...] | None = None
    gguf: str = ""
    layers: Callable[[Config, int], bool] | None = None
    has_file_type: bool = False
    key: str = ""

    @cached_property
    def published(self) -> Form:
        """As the publisher has it."""
        return Form((self.name,), self.shape, self.change, self.share)

    @cached_property
    def by_mlx(self) -> Form:
        """As mlx-lm saves it."""
        names = self.split or (self.saved or self.name,)
        shape = (self.written or self.shape) if self.remaining == NOTHING else self.shape
        change = self.change if self.remaining is None else self.remaining
        return Form(names, shape, change, self.share if names == (self.name,) else None)

    @cached_property
    def forms(self) -> Mapping[Layout, tuple[Form, ...]]:
        """All of them for a folder in either layout, the likeliest first; of those with the same names only that."""
        published, by_mlx = self.published, self.by_mlx
        orders = {Layout.MLX: (by_mlx, published), Layout.HUGGING_FACE: (published, by_mlx)}
        return {layout: _by_names(*order, *self.also) for layout, order in orders.items()}


def _by_names(*forms: Form) -> tuple[Form, ...]:
    found: dict[tuple[str, ...], Form] = {}
    for form in forms:
        found.setdefault(form.names, form)
    return tuple(found.values())


@dataclass(frozen=True)
class ComputedTensor:
    """A vector of the file that comes from config.json alone; no values where this config asks for none."""

    gguf: str
    values: Callable[[Config], tuple[float, ...]]
    per_layer: bool = False


Sizes = Callable[[Config, int], Mapping[str, int]]


@dataclass(frozen=True)
class Part:
    """Everything that one feature of a model brings; what it does not bring stays empty."""

    tensors: tuple[TensorRule, ...] = ()
    metadata: tuple[ConfigRow, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    computed: tuple[ComputedTensor, ...] = ()
    sizes: Sizes | None = None

    @staticmethod
    def of(*tensors: TensorRule) -> "Part":
        """Tensors and nothing else."""
        return Part(tensors)


def beginning(name: str) -> str:
    """The first two parts of a tensor's name, one where a layer's number follows it."""
    return ".".join(name.partition(".{")[0].split(".")[:2])


@dataclass(frozen=True)
class Architecture(Part):
    """One GGUF graph as some model types use it; look-alikes that differ in a row are made with `replace`.

    A family is its `parts`, and after them what is odd about it, which it has as if it were a part itself. Both
    together are `all_tensors` and so on. `sources` are the files that all of it was read in: of llama.cpp, and of
    mlx-lm.

    `defaults` are what config.json may leave out, from the published configuration class; no value for a setting that
    mlx-lm requires (`model/needed_settings.py`), but a function may say what null means. `prefixes` rewrites the
    beginning of saved names; `dropped` maps the beginning of names that are left out to the reason, both without
    wrappers, and beside what every family leaves out (`model/left_out.py`). `vocabularies` has model types whose
    tokenizer files leave something out. Of two `metadata` rows with one key the later counts. `sizes`
    looks at a config in the one dialect that `normalize_config` makes of all, with the defaults filled in.
    """

    _: KW_ONLY
    name: str
    model_types: tuple[str, ...]
    gguf: str  # general.architecture
    sources: tuple[str, ...] = ()
    head: HeadFacts
    defaults: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()
    dropped: Mapping[str, Text] = field(default_factory=dict)
    vocabularies: Mapping[str, KnownVocabulary] = field(default_factory=dict)
    embedding: str = "model.embed_tokens.weight"
    lm_head: str = "lm_head.weight"
    # What makes a head of the embedding that mlx-lm has saved, where that is not what is still to be done to a head
    tied_head: AnyChange | None = None
    # Where both layouts have the same names and shapes, but other values: the end of the name of a convolution, of
    # which mlx-lm's sanitize() moves the axis of length one to the end. It is how mlx-lm itself tells them apart.
    marker: str = ""
    # Of several families with one model type: which configs are this one's.
    when: Callable[[Config], bool] | None = None
    # Settings that no config.json has, for they are a length of a tensor: its canonical name, and the axis
    measured: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    embeds: bool = False  # the graph makes vectors and nothing else
    ranks: bool = False  # it reads a matrix that makes scores of hidden states, Qwen 3's of yes and no
    converts_huggingface: bool = True  # False where a published tensor has the same name and shape, but other values

    @cached_property
    def all_tensors(self) -> tuple[TensorRule, ...]:
        """In the order of the file."""
        return tuple(rule for part in (*self.parts, self) for rule in part.tensors)

    @cached_property
    def all_metadata(self) -> tuple[ConfigRow, ...]:
        """In the order of the file; of two rows with one key the later counts, at the place of the first."""
        return tuple({row.key: row for part in (*self.parts, self) for row in part.metadata}.values())

    @cached_property
    def all_requirements(self) -> tuple[Requirement, ...]:
        """What config.json may not ask for."""
        return tuple(one for part in (*self.parts, self) for one in part.requirements)

    @cached_property
    def all_computed(self) -> tuple[ComputedTensor, ...]:
        """What config.json alone tells."""
        return tuple(one for part in (*self.parts, self) for one in part.computed)

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The first two parts of every name that a tensor may have, fewer where a layer's number follows: `model.norm`.

        In either layout, and without wrapper.
        """
        return frozenset(self._beginnings)

    @cached_property
    def holders(self) -> Mapping[str, str]:
        """What stands before the second part of a name: `norm` → `model.`; the published one where there are two."""
        parts = (name.partition(".") for name in self._beginnings)
        return {second: first + dot for first, dot, second in parts if dot}

    @property
    def _beginnings(self) -> list[str]:
        """The published ones are the last."""
        rules = self.all_tensors
        saved = [name for rule in rules for name in (rule.saved, *rule.split) if name]
        spelled = [prefix for prefix, _ in self.prefixes]
        return [beginning(name) for name in (*spelled, *saved, *(rule.name for rule in rules))]

    def all_sizes(self, config: Config, layer: int) -> Mapping[str, int]:
        """The lengths that shapes are made of, at one layer; of two with one name the later counts."""
        found: dict[str, int] = {}
        for part in (*self.parts, self):
            if part.sizes is not None:
                found |= part.sizes(config, layer)
        return found
