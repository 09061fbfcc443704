"""plan_adapter: the plan of a base with an adapter on it → that of the adapter's own file. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from math import prod

import gguf
from gguf import GGMLQuantizationType

from app import __version__
from app.core.checkpoint import ModelTensor
from app.core.findings import Finding, few
from app.core.ggml_types import T
from app.core.model.low_rank_pairs import NotLowRankError, Pair, pair_of
from app.core.plan.adapter import refusals
from app.core.plan.adapter.adapter_plan import EMBEDDING, AdapterPlan, tensors_of
from app.core.plan.adapter.graphs import takes_adapters
from app.core.plan.conversion_plan import ConversionPlan, PlannedTensor
from app.core.plan.header.file_size import file_byte_count
from app.core.plan.header.metadata import collected
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.text import reason_of, text

OUTPUT = "output.weight"
FILE_TYPES = {
    T.F32: gguf.LlamaFileType.ALL_F32,
    T.F16: gguf.LlamaFileType.MOSTLY_F16,
    T.BF16: gguf.LlamaFileType.MOSTLY_BF16,
}
# What llama.cpp multiplies when the adapter's part has been added: src/llama-graph.cpp, build_ffn
AFTERWARDS = re.compile(r"blk\.\d+\.ffn_(up|gate|down)(_shexp)?\.weight")
NO_ALPHA = 0.0  # then llama.cpp takes the second factor as it is, which holds the scale: src/llama-adapter.h, get_scale


def plan_adapter(plan: ConversionPlan, name: str, base_name: str, kind: GGMLQuantizationType) -> AdapterPlan:
    """The adapters of `plan` as one file for llama.cpp, beside the base's; `kind` is F32, F16 or BF16.

    The plan must know what becomes of the head; its vocabulary does not matter.
    """
    graph = next((entry.value for entry in plan.metadata if entry.key == gguf.Keys.General.ARCHITECTURE), "")
    by_name = {tensor.name: tensor for tensor in plan.tensors}
    pairs: list[Pair] = []
    not_low_rank: dict[str, list[str]] = {}
    for tensor in plan.tensors:
        try:
            pair = pair_of(tensor.name, tensor.shape, tensor.sources, tensor.change)
            pairs += [replace(pair, multiplier=_multiplier(pair, by_name))] if pair else []
        except NotLowRankError as error:
            not_low_rank.setdefault(reason_of(error), []).append(tensor.name)
    findings = [
        *(one for one in plan.findings if one in plan.blockers or _is_of_adapter(one)),
        *_whole(plan),
        *(refusals.not_low_rank(names, reason) for reason, names in not_low_rank.items()),
        *_of_llama_cpp(graph, [pair.name for pair in pairs], by_name.keys()),
    ]
    if not findings and not pairs:
        findings.append(refusals.changes_nothing())
    metadata = _metadata(graph, name, base_name, kind)
    tensors = [tensor for pair in pairs for tensor in tensors_of(pair, kind)]
    size = file_byte_count(metadata, tensors)
    files = (file for tensor in plan.tensors for source in tensor.sources for file in source.files)
    folders = frozenset(file.path.parent for file in files)
    return AdapterPlan(name, graph, kind, tuple(pairs), metadata, few(findings), size, folders)


def _multiplier(pair: Pair, by_name: Mapping[str, PlannedTensor]) -> ModelTensor | None:
    """One number for each matrix, if there is one that does not multiply what an adapter adds.

    `ffn_gate_inp.scale` is none: it is as long as a row, and multiplies what comes in.
    """
    scale = by_name.get(f"{pair.name.removesuffix('.weight')}.scale")
    if scale is None or AFTERWARDS.fullmatch(pair.name) or prod(scale.shape) != prod(pair.matrices):
        return None
    if scale.change or len(scale.sources) != 1 or scale.sources[0].quantization is not None:
        raise NotLowRankError(text("the file stores a function of the weights"))
    return scale.sources[0]


def _whole(plan: ConversionPlan) -> Iterable[Finding]:
    files = {one.adapter.file for one in plan.adapters}
    whole = [source.name for tensor in plan.tensors for source in tensor.sources if source.stored.file in files]
    if whole:
        yield refusals.whole_weights(whole)


def _of_llama_cpp(graph: str, changed: list[str], names: Collection[str]) -> Iterable[Finding]:
    if EMBEDDING in changed and OUTPUT not in names:
        yield refusals.tied_embedding(EMBEDDING)
    ignored = [name for name in changed if not takes_adapters(graph, name)]
    if ignored:
        yield refusals.not_applied(graph, ignored)


def _is_of_adapter(finding: Finding) -> bool:
    """What else there is to say is about a file of the base."""
    return finding.code.startswith("adapter-")


def _metadata(graph: str, name: str, base_name: str, kind: GGMLQuantizationType) -> tuple[MetadataEntry, ...]:
    """As llama.cpp reads it: src/llama-adapter.cpp; and what convert_lora_to_gguf.py says of the base."""
    writer = gguf.GGUFWriter(None, graph)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_name(name)
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, base_name)
    writer.add_string("general.source.converter", f"MLX Ferry {__version__}")
    writer.add_file_type(FILE_TYPES[kind])
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, NO_ALPHA)
    return collected(writer)
