"""The tensors of a folder by the canonical names of their family, and those that are left over."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.architectures import Architecture, Config, Layout, setting
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.plan.matrices import in_turn
from app.core.plan.wanted_tensors import WantedTensor

# llama.cpp conversion/base.py, prepare_tensors, skips the same ones
IGNORED_ENDINGS = {
    ".rotary_emb.inv_freq": "the positions' frequencies are computed by llama.cpp itself",
    ".attention.masked_bias": "it is a constant of the attention mask",
    ".attention.bias": "it is the attention mask",
}
MTP = "it predicts further tokens ahead; the model computes the same without it"
NUMBER_OF_LAYER = re.compile(r"\.(\d+)\.")


@dataclass(frozen=True)
class SourceTensors:
    """`found` by the key of the wanted tensor; `dropped` with reasons; `unknown` are known to nobody."""

    layout: Layout
    found: Mapping[str, tuple[ModelTensor, ...]]
    dropped: tuple[tuple[ModelTensor, str], ...]
    unknown: tuple[ModelTensor, ...]


def source_tensors(
    checkpoint: Checkpoint, family: Architecture, config: Config, wanted: Iterable[WantedTensor], layout: Layout
) -> SourceTensors:
    """Sort the folder's tensors by the family's rules."""
    by_name = {canonical_name(family, tensor.name): tensor for tensor in reversed(checkpoint.tensors)}
    found: dict[str, tuple[ModelTensor, ...]] = {}
    for one in wanted:
        sources = tuple(by_name[name] for name in one.source_names(layout) if name in by_name)
        if sources and len(sources) == len(one.source_names(layout)):
            found[one.key] = in_turn(sources) if layout is Layout.MLX and one.rule.split else sources
    used = {tensor.name for sources in found.values() for tensor in sources}
    dropped: list[tuple[ModelTensor, str]] = []
    unknown: list[ModelTensor] = []
    for tensor in checkpoint.tensors:
        reason = _reason_to_drop(family, config, tensor.name)
        if reason:
            dropped.append((tensor, reason))
        elif tensor.name not in used:
            unknown.append(tensor)
    return SourceTensors(layout, found, tuple(dropped), tuple(unknown))


def find_tensor(checkpoint: Checkpoint, family: Architecture, name: str) -> ModelTensor | None:
    """The folder's tensor that is published as `name`, in either layout."""
    names = {name, *(rule.saved for rule in family.tensors if rule.name == name and rule.saved)}
    return next((tensor for tensor in checkpoint.tensors if canonical_name(family, tensor.name) in names), None)


def canonical_name(family: Architecture, saved: str) -> str:
    """The name of the text model's tensor for the name in the folder."""
    for prefix, replacement in family.prefixes:
        if saved.startswith(prefix):
            return replacement + saved.removeprefix(prefix)
    return saved


def _reason_to_drop(family: Architecture, config: Config, saved: str) -> str:
    endings = (reason for ending, reason in IGNORED_ENDINGS.items() if saved.endswith(ending))
    prefixes = (reason for prefix, reason in family.dropped.items() if saved.startswith(prefix))
    return next(endings, "") or next(prefixes, "") or _further_layer(config, canonical_name(family, saved))


def _further_layer(config: Config, name: str) -> str:
    """Layers that predict further tokens are numbered on after the model's own."""
    extra, number = setting(config, "num_nextn_predict_layers"), NUMBER_OF_LAYER.search(name)
    if type(extra) is not int or number is None:
        return ""
    layers = setting(config, "num_hidden_layers")
    return MTP if type(layers) is int and layers <= int(number[1]) < layers + extra else ""
