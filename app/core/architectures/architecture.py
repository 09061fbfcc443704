"""How a family of models is written down: only what differs, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from gguf import MODEL_ARCH, GGUFValueType

from app.core.architectures.ops import Op
from app.core.findings import Finding

Config = Mapping[str, Any]


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


class Size(Enum):
    """The lengths that tensor shapes are made of."""

    HIDDEN = "hidden"
    FEED_FORWARD = "feed forward"
    HEAD = "head"
    QUERIES = "queries"
    KEYS = "keys"
    VOCABULARY = "vocabulary"


@dataclass(frozen=True)
class TensorRule:
    """One tensor of the family by its Hugging Face name, `{}` standing for the layer."""

    name: str
    shape: tuple[Size, ...]
    ops: tuple[Op, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class ConfigRow:
    """One metadata key `{architecture}.<key>` from config.json: the first of `names` that is set, or `default`."""

    key: str  # one of gguf.Keys, with {arch} to be filled in
    type: GGUFValueType
    names: tuple[str, ...]
    default: int | float | None = None  # None: no such key is written when config.json is silent


@dataclass(frozen=True)
class Architecture:
    """One GGUF graph and the model types that share it.

    `prefixes` rewrites the beginning of saved names to the canonical ones; `dropped_prefixes` maps the beginning of
    names that are left out to the reason. `sizes` and `refusals` look at a config in the one dialect that
    `config_dialects.unify` makes of all.
    """

    name: str
    model_types: tuple[str, ...]
    gguf: MODEL_ARCH
    tensors: tuple[TensorRule, ...]
    metadata: tuple[ConfigRow, ...]
    sizes: Callable[[Config], Mapping[Size, int]]
    refusals: Callable[[Config], tuple[Finding, ...]]
    head: Head
    head_source: str
    mlx_head: MlxHead
    mlx_head_source: str
    ties_by_default: bool
    prefixes: tuple[tuple[str, str], ...] = ()
    dropped_prefixes: tuple[tuple[str, str], ...] = ()
    embedding: str = "model.embed_tokens.weight"
    lm_head: str = "lm_head.weight"
