"""All keys of the file's header. gguf's own writer names and types them; it is only used as a collector here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
from gguf import GGMLQuantizationType, GGUFValueType

from app import __version__
from app.core.architectures import Architecture
from app.core.architectures.config_dialects import setting
from app.core.checkpoint import Checkpoint
from app.core.plan.conversion_plan import MetadataEntry
from app.core.plan.tensor_types import FILE_TYPES
from app.core.plan.vocabulary_keys import add_vocabulary
from app.core.tokenizer import Vocabulary


def plan_metadata(
    checkpoint: Checkpoint,
    family: Architecture,
    config: Mapping[str, Any],
    main_type: GGMLQuantizationType,
    parameter_count: int,
    vocabulary: Vocabulary | None,
) -> tuple[MetadataEntry, ...]:
    """Architecture, general keys, the model's sizes, the vocabulary."""
    writer = gguf.GGUFWriter(None, gguf.MODEL_ARCH_NAMES[family.gguf])
    writer.add_type(gguf.GGUFType.MODEL)
    _add_general(writer, checkpoint, parameter_count)
    _add_sizes(writer, family, config)
    writer.add_file_type(FILE_TYPES[main_type])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    if vocabulary is not None:
        add_vocabulary(writer, vocabulary)
    entries = (_entry(key, value) for key, value in writer.kv_data[0].items())
    return tuple(entry for entry in entries if entry is not None)


def _add_general(writer: gguf.GGUFWriter, checkpoint: Checkpoint, parameter_count: int) -> None:
    """Name, base model, licence from the model card and the folder's name, by gguf's own heuristics."""
    try:
        described = _general(checkpoint, checkpoint.model_card, checkpoint.config, parameter_count)
    except (AttributeError, TypeError, ValueError, KeyError, IndexError):
        described = _general(checkpoint, {}, {}, parameter_count)  # a card that is YAML, but no model card
    writer.kv_data[0].update(described.kv_data[0])
    writer.add_string("general.source.folder", checkpoint.name)
    writer.add_string("general.source.converter", f"MLX Ferry {__version__}")


def _general(
    checkpoint: Checkpoint, card: Mapping[str, Any], config: Mapping[str, Any], parameter_count: int
) -> gguf.GGUFWriter:
    """A writer with the general keys. Raises whatever a strange card makes gguf raise."""
    metadata = gguf.Metadata()
    folder = Path(checkpoint.name)  # the heuristics look at its name only
    gguf.Metadata.apply_metadata_heuristic(metadata, dict(card), dict(config), folder, parameter_count)
    _add_sampling(metadata, checkpoint.generation_config)
    metadata.name = metadata.name or checkpoint.name
    metadata.size_label = metadata.size_label or gguf.size_label(parameter_count, 0, parameter_count, 0)
    writer = gguf.GGUFWriter(None, "")
    writer.kv_data[0].clear()  # the architecture
    metadata.set_gguf_meta_model(writer)
    return writer


def _add_sampling(metadata: gguf.Metadata, generation: Mapping[str, Any]) -> None:
    """The publisher's sampling settings, as llama.cpp's converter carries them over (gguf metadata.py, load)."""
    names = {
        "sampling_top_k": ("top_k", int),
        "sampling_top_p": ("top_p", float),
        "sampling_min_p": ("min_p", float),
        "sampling_temp": ("temperature", float),
        "sampling_penalty_repeat": ("penalty_repeat", float),
    }
    for attribute, (name, kind) in names.items():
        value = generation.get(name)
        if type(value) is kind or (kind is float and type(value) is int):
            setattr(metadata, attribute, value)


def _add_sizes(writer: gguf.GGUFWriter, family: Architecture, config: Mapping[str, Any]) -> None:
    for row in family.metadata:
        value = setting(config, row.names, row.default)
        if value is not None:
            writer.add_key_value(row.key.format(arch=writer.arch), value, row.type)
    scaling = config["rope_scaling"]
    if scaling.get("rope_type") == "linear" and type(scaling.get("factor")) in (int, float):
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(scaling["factor"])


ITEM_TYPES = {str: GGUFValueType.STRING, float: GGUFValueType.FLOAT32, int: GGUFValueType.INT32}


def _entry(key: str, value: gguf.GGUFValue) -> MetadataEntry | None:
    """None for what a strange model card left in a place where a text or a list of texts belongs."""
    if value.type is not GGUFValueType.ARRAY:
        fits = isinstance(value.value, str) == (value.type is GGUFValueType.STRING)
        return MetadataEntry(key, value.value, value.type) if fits else None
    items = tuple(value.value) if isinstance(value.value, list | tuple) else ()
    item_type = ITEM_TYPES.get(type(items[0])) if items else None
    if item_type is None or (item_type is GGUFValueType.STRING and not all(isinstance(item, str) for item in items)):
        return None
    return MetadataEntry(key, items, GGUFValueType.ARRAY, item_type)
