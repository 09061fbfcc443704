"""Tensors of one number that become metadata: a list for what is in layers, one item for each."""

from collections.abc import Iterator

from gguf import GGUFValueType

from app.core.architectures import Architecture
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.weight_files import DOWNLOAD_AGAIN
from app.core.findings import Finding, stop
from app.core.model.expected_tensors import WantedTensor, is_layered
from app.core.model.facts import WeightFacts
from app.core.model.source_tensors import SourceTensors
from app.core.model.value_ranges import fits
from app.core.plan.conversion_plan import MetadataEntry

F32 = GGUFValueType.FLOAT32


def number_tensors(wanted: list[WantedTensor], sources: SourceTensors) -> Iterator[tuple[WantedTensor, ModelTensor]]:
    """What becomes metadata, in the order of the layers."""
    for one in wanted:
        if one.rule.key and one.key in sources.found:
            yield one, sources.found[one.key][0]


def number_entries(
    family: Architecture, wanted: list[WantedTensor], sources: SourceTensors, facts: WeightFacts | None
) -> tuple[MetadataEntry, ...]:
    """The keys, as far as their numbers have been looked at."""
    entries: dict[str, MetadataEntry] = {}
    for one, tensor in number_tensors(wanted, sources):
        key, value = one.rule.key.format(arch=family.gguf), facts.numbers.get(tensor.name) if facts else None
        if value is not None and is_layered(one.rule):
            before = entries[key].value if key in entries else ()
            entries[key] = MetadataEntry(key, (*before, value), GGUFValueType.ARRAY, F32)
        elif value is not None:
            entries[key] = MetadataEntry(key, value, F32)
    return tuple(entries.values())


def number_findings(
    family: Architecture, wanted: list[WantedTensor], sources: SourceTensors, facts: WeightFacts | None
) -> tuple[Finding, ...]:
    """About numbers that are none, or that llama.cpp cannot compute with."""
    tensors = number_tensors(wanted, sources) if facts else ()
    found = ((tensor.name, one.rule.key, facts.numbers.get(tensor.name) if facts else None) for one, tensor in tensors)
    return tuple(
        stop("bad-number", f"{name} is {value}.", "The model cannot compute with it.", DOWNLOAD_AGAIN, name)
        for name, key, value in found
        if not fits(key, F32, family.gguf, value)
    )
