"""Where in the model a tensor belongs: its layer, and a short name of its part; which kind of part that is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor, PlannedTensor
from app.core.text import Titled, in_one_line, text

LAYER = re.compile(r"blk\.(\d+)\.(.+)")  # names that GGUF gives
ANY_LAYER = re.compile(r"(?:^|.*?\.)(?:layers|h|blocks|layer)\.(\d+)\.(.+)")  # names of folders
WEIGHT = ".weight"
MOST_LAYERS = 1 << 20  # a number that a name claims

Tensor = PlannedTensor | DroppedTensor


class PartKind(Titled):
    """What a tensor is for, in the order in which the kinds are shown."""

    OUTPUT = text("Output layer")
    EMBEDDING = text("Embedding")
    ATTENTION = text("Attention")
    FEED_FORWARD = text("Feed-forward")
    EXPERTS = text("Experts")
    NORMS = text("Norms")
    OTHER = text("Other")


# The first that is found in a name decides; names of GGUF (gguf constants.py, TENSOR_NAMES), then those of folders
SIGNS = (
    (PartKind.NORMS, re.compile(r"norm|(?:^|\.)ln_")),
    (PartKind.OTHER, re.compile(r"^altup")),  # Gemma 3n's, which has a router and embeddings of its own
    (PartKind.OUTPUT, re.compile(r"^output\.|lm_head|embed_out")),
    (PartKind.EMBEDDING, re.compile(r"embd|embed|wte|wpe")),
    (PartKind.EXPERTS, re.compile(r"exps|shexp|ffn_gate_inp|exp_probs|expert|router|switch_mlp|switch_glu")),
    (PartKind.ATTENTION, re.compile(r"attn|attention|indexer|rope_freqs|rope_factors")),
    (PartKind.FEED_FORWARD, re.compile(r"ffn|mlp|feed_forward")),
)


@dataclass(frozen=True)
class Place:
    """`layer` is None for what lies outside of layers. `part` is unique within it, `kind` what it is for."""

    layer: int | None
    part: str
    kind: PartKind


def places(plan: ConversionPlan) -> list[Place]:
    """Of the written tensors, then of those that are left out, in the order of the plan.

    ".weight" is left off where a part has nothing else in any layer. What is left out goes by its name in the folder.
    """
    tensors: tuple[Tensor, ...] = (*plan.tensors, *plan.dropped)
    found = [place_of(tensor) for tensor in tensors]
    others = {_stem(place.part) for place in found if not place.part.endswith(WEIGHT)}
    return [_shortened(place, others) for place in found]


def place_of(tensor: Tensor) -> Place:
    """With the whole name of the part."""
    name, form = (tensor.name, LAYER) if isinstance(tensor, PlannedTensor) else (tensor.source.name, ANY_LAYER)
    name = in_one_line(name)
    match = form.fullmatch(name)
    layer = int(match[1]) if match and len(match[1]) < 8 else None
    if match is None or layer is None or layer >= MOST_LAYERS:
        return Place(None, name, kind_of(name))
    return Place(layer, match[2], kind_of(match[2]))


@lru_cache(maxsize=4096)  # layer after layer has the same parts
def kind_of(name: str) -> PartKind:
    """By a name in the file or in the folder, without its layer."""
    return next((kind for kind, sign in SIGNS if sign.search(name)), PartKind.OTHER)


def order_of(place: Place) -> tuple[int, int]:
    """Sorts output layer and embedding first, then what else lies outside of layers, then the layers."""
    if place.layer is not None:
        return 3, place.layer
    return FIRST.get(place.kind, 2), 0


FIRST: Mapping[PartKind, int] = {PartKind.OUTPUT: 0, PartKind.EMBEDDING: 1}


def _stem(part: str) -> str:
    return part.rpartition(".")[0]


def _shortened(place: Place, others: set[str]) -> Place:
    stem = place.part.removesuffix(WEIGHT)
    if stem == place.part or stem in others:
        return place
    return Place(place.layer, stem, place.kind)
