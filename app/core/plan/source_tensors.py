"""The tensors of a folder under the canonical names of their family, and those that are left over."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.architectures import Architecture, TensorRule
from app.core.checkpoint import Checkpoint, ModelTensor

IGNORED_ENDINGS = {".rotary_emb.inv_freq": "the positions' frequencies are computed by llama.cpp itself"}


@dataclass(frozen=True)
class SourceTensors:
    """`found` by canonical name; `dropped` with reasons; `unknown` are known to nobody."""

    found: dict[str, ModelTensor]
    dropped: tuple[tuple[ModelTensor, str], ...]
    unknown: tuple[ModelTensor, ...]


def source_tensors(checkpoint: Checkpoint, family: Architecture, layer_count: int) -> SourceTensors:
    """Sort the folder's tensors by the family's rules."""
    known = {name for _, name in layered_rules(family, layer_count)}
    found: dict[str, ModelTensor] = {}
    dropped: list[tuple[ModelTensor, str]] = []
    unknown: list[ModelTensor] = []
    for tensor in checkpoint.tensors:
        name = canonical_name(family, tensor.name)
        reason = _reason_to_drop(family, tensor.name)
        if reason:
            dropped.append((tensor, reason))
        elif name in known and name not in found:
            found[name] = tensor
        else:
            unknown.append(tensor)
    return SourceTensors(found, tuple(dropped), tuple(unknown))


def find_tensor(checkpoint: Checkpoint, family: Architecture, name: str) -> ModelTensor | None:
    """The folder's tensor with the canonical name `name`."""
    return next((tensor for tensor in checkpoint.tensors if canonical_name(family, tensor.name) == name), None)


def canonical_name(family: Architecture, saved: str) -> str:
    """The Hugging Face name of the text model for the name in the folder."""
    for prefix, replacement in family.prefixes:
        if saved.startswith(prefix):
            return replacement + saved.removeprefix(prefix)
    return saved


def layered_rules(family: Architecture, layer_count: int) -> Iterator[tuple[TensorRule, str]]:
    """Every rule with every canonical name that it stands for: embedding and ends first, then layer by layer."""
    for rule in family.tensors:
        if "{}" not in rule.name:
            yield rule, rule.name
    for layer in range(layer_count):
        for rule in family.tensors:
            if "{}" in rule.name:
                yield rule, rule.name.format(layer)


def _reason_to_drop(family: Architecture, saved: str) -> str:
    endings = (reason for ending, reason in IGNORED_ENDINGS.items() if saved.endswith(ending))
    prefixes = (reason for prefix, reason in family.dropped_prefixes if saved.startswith(prefix))
    return next(endings, "") or next(prefixes, "")
