"""All keys of the file's header. gguf's own writer names and types them; it is only used as a collector here."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import gguf
from gguf import GGUFValueType

from app import __version__
from app.core.architectures import Architecture, Config
from app.core.checkpoint import Checkpoint
from app.core.plan.config_check import metadata_rows
from app.core.plan.conversion_plan import MetadataEntry, PlannedTensor
from app.core.plan.file_type import file_type
from app.core.plan.imatrix import Imatrix
from app.core.plan.options import PlanOptions
from app.core.plan.value_ranges import fits
from app.core.plan.vocabulary_keys import add_vocabulary
from app.core.tokenizer import Vocabulary

LONGEST_OVERRIDE = 127  # bytes of a text in llama.h, llama_model_kv_override
EXPERTS = "_exps."  # in the names of tensors that hold all experts


def plan_metadata(
    checkpoint: Checkpoint,
    family: Architecture,
    config: Config,
    options: PlanOptions,
    tensors: tuple[PlannedTensor, ...],
    vocabulary: Vocabulary | None,
) -> tuple[MetadataEntry, ...]:
    """Architecture, general keys, the model's sizes, the vocabulary."""
    writer = gguf.GGUFWriter(None, family.gguf)
    writer.add_type(gguf.GGUFType.MODEL)
    _add_general(writer, checkpoint, tensors)
    _add_sizes(writer, family, config)
    writer.add_file_type(file_type(tensors, options.output_type))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    if vocabulary is not None:
        add_vocabulary(writer, vocabulary)
    if options.imatrix is not None and any(tensor.importance for tensor in tensors):
        _add_imatrix(writer, options.imatrix)
    entries = (_entry(key, value) for key, value in writer.kv_data[0].items())
    return tuple(entry for entry in entries if entry is not None)


def _add_general(writer: gguf.GGUFWriter, checkpoint: Checkpoint, tensors: tuple[PlannedTensor, ...]) -> None:
    """Name, base model, licence from the model card and the folder's name, by gguf's own heuristics."""
    try:
        described = _general(checkpoint, checkpoint.model_card, checkpoint.config, tensors)
    except (AttributeError, TypeError, ValueError, KeyError, IndexError):
        described = _general(checkpoint, {}, {}, tensors)  # a card that is YAML, but no model card
    writer.kv_data[0].update(described.kv_data[0])
    writer.add_string("general.source.folder", checkpoint.name)
    writer.add_string("general.source.converter", f"MLX Ferry {__version__}")


def _general(
    checkpoint: Checkpoint, card: Mapping[str, Any], config: Mapping[str, Any], tensors: tuple[PlannedTensor, ...]
) -> gguf.GGUFWriter:
    """A writer with the general keys. Raises whatever a strange card makes gguf raise."""
    metadata = gguf.Metadata()
    folder = Path(checkpoint.name)  # the heuristics look at its name only
    counts = _parameter_counts(tensors)
    gguf.Metadata.apply_metadata_heuristic(metadata, dict(card), dict(config), folder, counts[0])
    _add_sampling(metadata, checkpoint.generation_config)
    metadata.name = metadata.name or checkpoint.name
    metadata.size_label = metadata.size_label or gguf.size_label(*counts)
    writer = gguf.GGUFWriter(None, "")
    writer.kv_data[0].clear()  # the architecture
    metadata.set_gguf_meta_model(writer)
    return writer


def _add_sampling(metadata: gguf.Metadata, generation: Mapping[str, Any]) -> None:
    """The publisher's sampling settings, as llama.cpp's converter carries them over (gguf metadata.py, load).

    Numbers that a key cannot hold are left out: a program then takes its own.
    """
    names = {
        "sampling_top_k": ("top_k", GGUFValueType.INT32),
        "sampling_top_p": ("top_p", GGUFValueType.FLOAT32),
        "sampling_min_p": ("min_p", GGUFValueType.FLOAT32),
        "sampling_temp": ("temperature", GGUFValueType.FLOAT32),
        "sampling_penalty_repeat": ("penalty_repeat", GGUFValueType.FLOAT32),
    }
    for attribute, (name, kind) in names.items():
        value = generation.get(name)
        if fits(f"general.{attribute.replace('_', '.', 1)}", kind, "", value):
            setattr(metadata, attribute, value)


def _parameter_counts(tensors: tuple[PlannedTensor, ...]) -> tuple[int, int, int, int]:
    """All weights, those outside the experts, those of one expert of each layer, number of experts.

    As gguf's own writer counts them: gguf_writer.py, get_total_parameter_count.
    """
    stacks = [tensor.shape for tensor in tensors if EXPERTS in tensor.name and len(tensor.shape) > 1]
    total = sum(prod(tensor.shape) for tensor in tensors)
    in_experts = sum(prod(shape) for shape in stacks)
    count = max((shape[0] for shape in stacks), default=0)
    return total, total - in_experts, in_experts // count if count else 0, count


def _add_sizes(writer: gguf.GGUFWriter, family: Architecture, config: Config) -> None:
    for row in metadata_rows(family):
        value, key = row.value_of(config), row.key.format(arch=writer.arch)
        if isinstance(value, list):
            # gguf's writer knows one type for whole numbers in arrays, and llama.cpp's converter uses it
            item_type = GGUFValueType.INT32 if row.type is GGUFValueType.UINT32 else row.type
            writer.add_key_value(key, value, GGUFValueType.ARRAY, item_type)
        elif value is not None:
            writer.add_key_value(key, value, row.type)


def _add_imatrix(writer: gguf.GGUFWriter, imatrix: Imatrix) -> None:
    """As llama-quantize says it (tools/quantize/quantize.cpp), but without the folder of the file."""
    writer.add_string("quantize.imatrix.file", _shortened(imatrix.file.path.name))
    if imatrix.datasets:
        writer.add_string("quantize.imatrix.dataset", _shortened(imatrix.datasets[0]))
    writer.add_uint32("quantize.imatrix.entries_count", len(imatrix.entries))
    if imatrix.chunk_count:
        writer.add_uint32("quantize.imatrix.chunks_count", imatrix.chunk_count)


def _shortened(text: str) -> str:
    return text.encode(errors="replace")[:LONGEST_OVERRIDE].decode(errors="ignore")


ITEM_TYPES = {str: GGUFValueType.STRING, float: GGUFValueType.FLOAT32, int: GGUFValueType.INT32}


def _entry(key: str, value: gguf.GGUFValue) -> MetadataEntry | None:
    """None for what a strange model card left in a place where a text or a list of texts belongs."""
    if value.type is not GGUFValueType.ARRAY:
        fits = isinstance(value.value, str) == (value.type is GGUFValueType.STRING)
        return MetadataEntry(key, value.value, value.type) if fits else None
    items = tuple(value.value) if isinstance(value.value, list | tuple) else ()
    item_type = value.sub_type or (ITEM_TYPES.get(type(items[0])) if items else None)
    if item_type is None or (item_type is GGUFValueType.STRING and not all(isinstance(item, str) for item in items)):
        return None
    return MetadataEntry(key, items, GGUFValueType.ARRAY, item_type)
