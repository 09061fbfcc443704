"""The tensors of a folder by the canonical names of their family, and those that are left over."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.architectures import Architecture, Config, Layout, setting
from app.core.architectures.further_tokens import MTP
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.left_out import reason_to_leave_out
from app.core.model.sources import Sources, closest_forms, found_sources
from app.core.text import text

INCOMPLETE = text("other parts of the same tensor are missing")
NUMBER_OF_LAYER = re.compile(r"\.(\d+)\.")


@dataclass(frozen=True)
class SourceTensors:
    """The folder's tensors, sorted.

    `found` by the key of the expected tensor, each in the form that the folder has; `layout` decides only between forms
    of the same names, and where the folder has several. `missing` are names, of every tensor that is not found the
    first that is not there; `dropped` have reasons, `unknown` are known to nobody. A folder that `is_refused` is left
    to llama.cpp's own converter.
    """

    layout: Layout
    found: Mapping[str, Sources]
    missing: tuple[str, ...]
    dropped: tuple[tuple[ModelTensor, str], ...]
    unknown: tuple[ModelTensor, ...]
    is_refused: bool = False


def source_tensors(
    checkpoint: Checkpoint, family: Architecture, config: Config, wanted: Sequence[ExpectedTensor], layout: Layout
) -> SourceTensors:
    """Sort the folder's tensors by the family's rules."""
    names = [canonical_name(family, tensor.name) for tensor in checkpoint.tensors]
    by_name = dict(zip(reversed(names), reversed(checkpoint.tensors), strict=True))
    wanted = tuple(wanted)
    can_be_published = layout is Layout.HUGGING_FACE or family.converts_huggingface
    found = found_sources(by_name, wanted, layout, can_be_published)
    absent = [one for one in wanted if one.key not in found and not one.rule.optional]
    is_refused = not family.converts_huggingface and (can_be_published or _are_published(by_name, absent))
    closest = () if is_refused else tuple(form.names for form in closest_forms(by_name, absent, found, layout))
    missing = (next((name for name in form if name not in by_name), form[0]) for form in closest)
    used = {tensor.name for sources in found.values() for tensor in sources.named}
    incomplete = {by_name[name].name for form in closest for name in form if name in by_name} - used
    dropped: list[tuple[ModelTensor, str]] = []
    unknown: list[ModelTensor] = []
    further = _further_layers(config)
    for tensor, name in zip(checkpoint.tensors, names, strict=True):
        if tensor.name in used:
            continue
        reason = reason_to_leave_out(family, tensor.name) or _further_layer(further, name)
        if not reason and tensor.name in incomplete:
            reason = INCOMPLETE
        if reason:
            dropped.append((tensor, reason))
        else:
            unknown.append(tensor)
    return SourceTensors(layout, found, tuple(dict.fromkeys(missing)), tuple(dropped), tuple(unknown), is_refused)


def _are_published(by_name: Mapping[str, ModelTensor], absent: Iterable[ExpectedTensor]) -> bool:
    """Whether anything of what is absent is there as published."""
    return any(name in by_name for one in absent for name in one.form(Layout.HUGGING_FACE).names)


def find_tensor(checkpoint: Checkpoint, family: Architecture, name: str) -> ModelTensor | None:
    """The folder's tensor that is published as `name`, in any form."""
    forms = (form for rule in family.all_tensors if rule.name == name for form in rule.forms[Layout.MLX])
    names = {name, *(one for form in forms for one in form.names)}
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
