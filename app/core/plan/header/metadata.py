"""All keys of the file's header. gguf's own writer names and types them; it is only used as a collector here."""

import re
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import gguf
from gguf import GGUFValueType

from app import __version__
from app.core.checkpoint import Checkpoint
from app.core.checkpoint.purpose import Task
from app.core.findings import Finding
from app.core.in_steps import in_steps
from app.core.model.identify import Model
from app.core.model.imatrix import Imatrix
from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.header.edited import edited
from app.core.plan.header.file_type import file_type
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.plan.header.model_name import fitting_name, name_findings
from app.core.plan.header.sampling import sampling_values
from app.core.plan.header.task_keys import add_task
from app.core.plan.options import PlanOptions
from app.core.tokenizer import Vocabulary

LONGEST_OVERRIDE = 127  # bytes of a text in llama.h, llama_model_kv_override
EXPERTS = "_exps."  # in the names of tensors that hold all experts


Entries = tuple[MetadataEntry, ...]


def plan_metadata(
    model: Model, options: PlanOptions, task: Task, tensors: tuple[PlannedTensor, ...], vocabulary: Vocabulary | None
) -> tuple[Entries, tuple[Finding, ...]]:
    """Architecture, general keys, the model's sizes; and what is to be said about the general keys."""
    assert model.family is not None
    writer = gguf.GGUFWriter(None, model.family.gguf)
    writer.add_type(gguf.GGUFType.MODEL)
    findings = _add_general(writer, model.checkpoint, options.name, tensors, vocabulary)
    _add_sizes(writer, model)
    add_task(writer, task, model)
    writer.add_file_type(file_type(tensors, options.output_type))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    return edited(collected(writer), options.metadata), findings


def vocabulary_metadata(vocabulary: Vocabulary) -> Entries:
    """The keys of a vocabulary: `tokenizer.*`."""
    writer = _empty_writer()
    add_vocabulary(writer, vocabulary)
    return collected(writer)


def imatrix_metadata(imatrix: Imatrix) -> Entries:
    """Which importance matrix a file was made with."""
    writer = _empty_writer()
    _add_imatrix(writer, imatrix)
    return collected(writer)


def collected(writer: gguf.GGUFWriter) -> Entries:
    """What a writer was given, in its order."""
    entries = (_entry(key, value) for key, value in writer.kv_data[0].items())
    return tuple(entry for entry in entries if entry is not None)


def _empty_writer() -> gguf.GGUFWriter:
    writer = gguf.GGUFWriter(None, "")
    writer.kv_data[0].clear()  # the architecture
    return writer


def _add_general(
    writer: gguf.GGUFWriter,
    checkpoint: Checkpoint,
    chosen_name: str,
    tensors: tuple[PlannedTensor, ...],
    vocabulary: Vocabulary | None,
) -> tuple[Finding, ...]:
    """Name, base model, licence from the model card and the folder's name, by gguf's own heuristics."""
    folder = chosen_name or checkpoint.name
    described = _described(checkpoint, folder, _parameter_counts(tensors))
    for attribute, value in sampling_values(checkpoint.generation_config).items():
        setattr(described, attribute, value)
    wanted = chosen_name or (described.name if isinstance(described.name, str) else "") or folder
    described.name = fitting_name(wanted, vocabulary)
    writer.kv_data[0].update(_general_keys(described))
    writer.add_string("general.source.folder", folder)
    writer.add_string("general.source.converter", f"MLX Ferry {__version__}")
    return () if vocabulary is None else name_findings(wanted, vocabulary)


def _described(checkpoint: Checkpoint, folder: str, counts: tuple[int, int, int, int]) -> gguf.Metadata:
    try:
        described = _from_card(checkpoint.model_card, checkpoint.config, folder, counts)
        _general_keys(described)
    except (AttributeError, TypeError, ValueError, KeyError, IndexError):
        return _from_card({}, {}, folder, counts)  # a card that is YAML, but no model card
    return described


def _from_card(
    card: Mapping[str, Any], config: Mapping[str, Any], folder: str, counts: tuple[int, int, int, int]
) -> gguf.Metadata:
    """Raises whatever a strange card makes gguf raise."""
    metadata = gguf.Metadata()
    # the heuristics look at the folder's name only
    gguf.Metadata.apply_metadata_heuristic(metadata, dict(card), dict(config), Path(folder), counts[0])
    metadata.size_label = metadata.size_label or gguf.size_label(*counts)
    return metadata


def _general_keys(metadata: gguf.Metadata) -> dict[str, gguf.GGUFValue]:
    writer = _empty_writer()
    metadata.set_gguf_meta_model(writer)
    return dict(writer.kv_data[0])


def _parameter_counts(tensors: tuple[PlannedTensor, ...]) -> tuple[int, int, int, int]:
    """All weights, those outside the experts, those of one expert of each layer, number of experts.

    As gguf's own writer counts them: gguf_writer.py, get_total_parameter_count.
    """
    stacks = [tensor.shape for tensor in tensors if EXPERTS in tensor.name and len(tensor.shape) > 1]
    total = sum(prod(tensor.shape) for tensor in tensors)
    in_experts = sum(prod(shape) for shape in stacks)
    count = max((shape[0] for shape in stacks), default=0)
    return total, total - in_experts, in_experts // count if count else 0, count


def _add_sizes(writer: gguf.GGUFWriter, model: Model) -> None:
    assert model.family is not None
    for row in model.family.all_metadata:
        value, key = model.values[row.key], row.key.format(arch=writer.arch)
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


def add_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """Give all that a vocabulary holds to the writer, which names and types it."""
    writer.add_tokenizer_model(vocabulary.model)
    if vocabulary.pre_tokenizer:
        writer.add_tokenizer_pre(vocabulary.pre_tokenizer)
    writer.add_token_list(vocabulary.tokens)
    if vocabulary.scores:
        writer.add_token_scores(vocabulary.scores)
    writer.add_token_types(vocabulary.types)
    if vocabulary.merges:
        writer.add_token_merges(vocabulary.merges)
    for kind, token_id in vocabulary.special_ids.items():
        getattr(writer, f"add_{kind}_token_id")(token_id)
    for kind, value in vocabulary.add_tokens.items():
        getattr(writer, f"add_add_{kind}_token")(value)
    _add_templates(writer, vocabulary)
    if vocabulary.add_space_prefix is not None:
        writer.add_add_space_prefix(vocabulary.add_space_prefix)


def _add_templates(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """The named ones first, under names of plain letters, as gguf's writer orders and names them."""
    by_name = {re.sub("[^A-Za-z0-9]", "_", name): text for name, text in sorted(vocabulary.named_templates.items())}
    by_name.pop("", None)
    for name, text in by_name.items():
        writer.add_string(gguf.Keys.Tokenizer.CHAT_TEMPLATE_N.format(name=name), text)
    if by_name:
        writer.add_array(gguf.Keys.Tokenizer.CHAT_TEMPLATES, list(by_name))
    if vocabulary.chat_template is not None:
        writer.add_chat_template(vocabulary.chat_template)


ITEM_TYPES = {str: GGUFValueType.STRING, float: GGUFValueType.FLOAT32, int: GGUFValueType.INT32}


def _are_texts(items: tuple[Any, ...]) -> bool:
    """Asked by type: there may be half a million."""
    return all(issubclass(kind, str) for some in in_steps(items) for kind in set(map(type, some)))


def _entry(key: str, value: gguf.GGUFValue) -> MetadataEntry | None:
    """None for what a strange model card left in a place where a text or a list of texts belongs."""
    if value.type is not GGUFValueType.ARRAY:
        fits = isinstance(value.value, str) == (value.type is GGUFValueType.STRING)
        return MetadataEntry(key, value.value, value.type) if fits else None
    items = tuple(value.value) if isinstance(value.value, list | tuple) else ()
    item_type = value.sub_type or (ITEM_TYPES.get(type(items[0])) if items else None)
    if item_type is None or (item_type is GGUFValueType.STRING and not _are_texts(items)):
        return None
    return MetadataEntry(key, items, GGUFValueType.ARRAY, item_type)
