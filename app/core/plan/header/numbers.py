"""Tensors of one number that become metadata: a list for what is in layers, one item for each."""

from gguf import GGUFValueType

from app.core.checkpoint.shard_index import DOWNLOAD_AGAIN
from app.core.findings import Finding, blocker
from app.core.model.expected_tensors import is_layered
from app.core.model.facts import WeightFacts
from app.core.model.identify import Model
from app.core.model.source_tensors import SourceTensors
from app.core.model.value_ranges import fits
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.text import text


def number_entries(model: Model, sources: SourceTensors, facts: WeightFacts | None) -> tuple[MetadataEntry, ...]:
    """The keys, as far as their numbers have been looked at."""
    assert model.family is not None
    entries: dict[str, MetadataEntry] = {}
    for one, tensor in model.number_tensors(sources):
        key, value = one.rule.key.format(arch=model.family.gguf), facts.numbers.get(tensor.name) if facts else None
        if value is not None and is_layered(one.rule):
            before = entries[key].value if key in entries else ()
            entries[key] = MetadataEntry(key, (*before, value), GGUFValueType.ARRAY, GGUFValueType.FLOAT32)
        elif value is not None:
            entries[key] = MetadataEntry(key, value, GGUFValueType.FLOAT32)
    return tuple(entries.values())


def number_findings(model: Model, sources: SourceTensors, facts: WeightFacts | None) -> tuple[Finding, ...]:
    """About numbers that are none, or that llama.cpp cannot compute with."""
    assert model.family is not None
    graph, tensors = model.family.gguf, model.number_tensors(sources) if facts else ()
    found = ((tensor.name, one.rule.key, facts.numbers.get(tensor.name) if facts else None) for one, tensor in tensors)
    return tuple(
        blocker(
            "bad-number",
            text("{tensor} is {value}.", tensor=name, value=value),
            text("The model cannot compute with this value."),
            DOWNLOAD_AGAIN,
            name,
        )
        for name, key, value in found
        if not fits(key, GGUFValueType.FLOAT32, graph, value)
    )
