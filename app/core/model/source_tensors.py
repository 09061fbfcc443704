"""The tensors of a folder by the canonical names of their family, and those that are left over."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.architectures import Architecture, Config, Layout, setting
from app.core.architectures.further_tokens import MTP
from app.core.checkpoint import Checkpoint, ModelTensor, StoredTensor
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.fused_experts import fused_sources
from app.core.model.left_out import reason_to_leave_out
from app.core.model.value_ranges import EXPERT_LIMIT

NUMBER_OF_LAYER = re.compile(r"\.(\d+)\.")


@dataclass(frozen=True)
class SourceTensors:
    """`found` by the key of the wanted tensor; `dropped` with reasons; `unknown` are known to nobody."""

    layout: Layout
    found: Mapping[str, tuple[ModelTensor, ...]]
    dropped: tuple[tuple[ModelTensor, str], ...]
    unknown: tuple[ModelTensor, ...]


def source_tensors(
    checkpoint: Checkpoint, family: Architecture, config: Config, wanted: Sequence[ExpectedTensor], layout: Layout
) -> SourceTensors:
    """Sort the folder's tensors by the family's rules."""
    names = [canonical_name(family, tensor.name) for tensor in checkpoint.tensors]
    by_name = dict(zip(reversed(names), reversed(checkpoint.tensors), strict=True))
    found: dict[str, tuple[ModelTensor, ...]] = {}
    for one in wanted:
        sources = tuple(by_name[name] for name in one.source_names(layout) if name in by_name)
        if sources and len(sources) == len(one.source_names(layout)):
            found[one.key] = in_turn(sources) if layout is Layout.MLX and one.rule.split else sources
    if family.fuses_experts and layout is Layout.MLX:
        found |= fused_sources(wanted, by_name)
    used = {tensor.name for sources in found.values() for tensor in sources}
    dropped: list[tuple[ModelTensor, str]] = []
    unknown: list[ModelTensor] = []
    further = _further_layers(config)
    for tensor, name in zip(checkpoint.tensors, names, strict=True):
        if tensor.name in used:
            continue
        reason = reason_to_leave_out(family, tensor.name) or _further_layer(further, name)
        if reason:
            dropped.append((tensor, reason))
        else:
            unknown.append(tensor)
    return SourceTensors(layout, found, tuple(dropped), tuple(unknown))


def find_tensor(checkpoint: Checkpoint, family: Architecture, name: str) -> ModelTensor | None:
    """The folder's tensor that is published as `name`, in either layout."""
    names = {name, *(rule.saved for rule in family.all_tensors if rule.name == name and rule.saved)}
    possible = names | {saved for name in names for saved in _saved_names(family, name)}
    ends = tuple(".".join(one.split(".")[-2:]) for one in possible)  # one look at each of very many
    found = (tensor for tensor in checkpoint.tensors if tensor.name.endswith(ends))
    return next((tensor for tensor in found if canonical_name(family, tensor.name) in names), None)


def _saved_names(family: Architecture, name: str) -> Iterator[str]:
    """What a folder may call the tensor with this canonical name, beside that name and wrapped ones."""
    for prefix, replacement in family.prefixes:
        if name.startswith(replacement):
            yield prefix + name.removeprefix(replacement)


def _further_layers(config: Config) -> range:
    """Layers that predict further tokens are numbered on after the model's own."""
    layers, extra = setting(config, "num_hidden_layers"), setting(config, "num_nextn_predict_layers")
    return range(layers, layers + extra) if type(layers) is int and type(extra) is int else range(0)


def _further_layer(further: range, name: str) -> str:
    number = NUMBER_OF_LAYER.search(name) if further else None
    return MTP if number is not None and int(number[1]) in further else ""


def in_turn(stacks: tuple[ModelTensor, ...]) -> tuple[ModelTensor, ...]:
    """Stacks that mlx-lm has split → their matrices in turn, as the published stack has their rows.

    The first matrix of each, the second of each …; the stacks themselves where they are not alike.
    """
    counts = {part.shape[:1] for stack in stacks for part in stack.parts}
    shapes = {stack.shape for stack in stacks}
    if len(counts) != 1 or len(shapes) != 1 or any(len(shape) != 3 for shape in shapes):
        return stacks
    ((count,),) = counts
    if not 0 < count <= EXPERT_LIMIT:
        return stacks
    return tuple(_matrix(stack, number, count) for number in range(count) for stack in stacks)


def _matrix(stack: ModelTensor, number: int, count: int) -> ModelTensor:
    stored, scales, biases = (
        None if part is None else _share(part, number, count) for part in (stack.stored, stack.scales, stack.biases)
    )
    assert stored is not None
    return ModelTensor(stack.name, stack.shape[1:], stack.dtype, stored, scales, biases, stack.quantization)


def _share(part: StoredTensor, number: int, count: int) -> StoredTensor:
    size = part.byte_count // count
    return StoredTensor(part.name, part.dtype, part.shape[1:], part.file, part.offset + number * size, size)
