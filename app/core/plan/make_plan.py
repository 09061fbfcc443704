"""make_plan: what is in the folder and what the user chose → what will be written. Pure, before any work."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import gguf
from gguf import GGMLQuantizationType

from app.core.architectures import Architecture, Head, TensorRule, find_architecture
from app.core.architectures.config_dialects import setting, unify
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.findings import Finding
from app.core.plan.config_check import check_config
from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor, PlannedTensor
from app.core.plan.facts import WeightFacts
from app.core.plan.file_size import file_byte_count
from app.core.plan.lm_head import HeadAction, HeadEvidence, HeadKind, LmHeadVerdict, judge_lm_head
from app.core.plan.lm_head_findings import head_findings
from app.core.plan.metadata import plan_metadata
from app.core.plan.options import HeadChoice, PlanOptions
from app.core.plan.plan_findings import folder_findings, tensor_findings, unsupported_model_type
from app.core.plan.source_tensors import SourceTensors, layered_rules, source_tensors
from app.core.plan.tensor_types import byte_size, choose_type, is_float
from app.core.tokenizer import Vocabulary

NOTHING_WRITTEN = "nothing is written while a finding stops the conversion"
AUTOMATIC = PlanOptions()


def make_plan(
    checkpoint: Checkpoint,
    options: PlanOptions = AUTOMATIC,
    vocabulary: Vocabulary | None = None,
    facts: WeightFacts | None = None,
) -> ConversionPlan:
    """The plan; provisional while the vocabulary, or the facts about an existing head, are missing."""
    family = find_architecture(checkpoint.model_type)
    if family is None:
        found = unsupported_model_type(checkpoint.model_type)
        return _blocked(checkpoint, options, (*checkpoint.findings, *found))
    config = unify(checkpoint.config)
    complaints = check_config(family, config)
    if complaints:
        return _blocked(checkpoint, options, (*checkpoint.findings, *complaints), family)
    return _plan(checkpoint, options, vocabulary, facts, family, config)


def _plan(
    checkpoint: Checkpoint,
    options: PlanOptions,
    vocabulary: Vocabulary | None,
    facts: WeightFacts | None,
    family: Architecture,
    config: Mapping[str, Any],
) -> ConversionPlan:
    layer_count = _layer_count(family, config)
    sources = source_tensors(checkpoint, family, layer_count)
    embedding, head = sources.found.get(family.embedding), sources.found.get(family.lm_head)
    verdict = _judge(family, config, options, embedding, head, facts)
    tensors = tuple(_planned(family, layer_count, sources, verdict.action, options))
    metadata = plan_metadata(
        checkpoint, family, config, _main_type(tensors), sum(t.source.element_count for t in tensors), vocabulary
    )
    findings = (
        *checkpoint.findings,
        *folder_findings(checkpoint, family, config, options),
        *tensor_findings(family, layer_count, sources, config),
        *(head_findings(family, verdict) if embedding else ()),
        *(vocabulary.findings if vocabulary else ()),
    )
    return ConversionPlan(
        model_name=checkpoint.name,
        architecture=family.name,
        options=options,
        tensors=tensors,
        dropped=tuple(_dropped(family, sources, verdict)),
        metadata=metadata,
        findings=findings,
        lm_head=verdict,
        byte_count=file_byte_count(metadata, tensors),
        is_provisional=vocabulary is None or verdict.kind is HeadKind.COMPARING,
    )


def _layer_count(family: Architecture, config: Mapping[str, Any]) -> int:
    row = next(row for row in family.metadata if row.key == gguf.Keys.LLM.BLOCK_COUNT)
    return int(setting(config, row.names, row.default))


def _judge(
    family: Architecture,
    config: Mapping[str, Any],
    options: PlanOptions,
    embedding: ModelTensor | None,
    head: ModelTensor | None,
    facts: WeightFacts | None,
) -> LmHeadVerdict:
    ties = config.get("tie_word_embeddings")
    comparison = facts.head if facts else None
    evidence = HeadEvidence(
        has_head=head is not None,
        shapes_match=head is None or embedding is None or head.shape == embedding.shape,
        config_ties=ties if isinstance(ties, bool) else None,
        comparison=comparison,
    )
    kind, action = judge_lm_head(family, evidence, options.head)
    written_apart = 0
    matrix = head or embedding
    if matrix is not None and is_float(matrix):
        name = gguf.TENSOR_NAMES[gguf.MODEL_TENSOR.OUTPUT] + ".weight"
        written_apart = byte_size(matrix.shape, choose_type(matrix, name, options.output_type)[0])
    shared = written_apart if family.head is Head.REQUIRED else 0
    return LmHeadVerdict(kind, action, options.head, comparison, shared, written_apart)


def _planned(
    family: Architecture, layer_count: int, sources: SourceTensors, action: HeadAction, options: PlanOptions
) -> Iterator[PlannedTensor]:
    names = gguf.get_tensor_name_map(family.gguf, layer_count)
    for rule, name in layered_rules(family, layer_count):
        source = sources.found.get(_source_name(family, name, action) or "")
        gguf_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if source is not None and gguf_name is not None and is_float(source):
            yield _planned_tensor(rule, gguf_name, source, options)


def _source_name(family: Architecture, name: str, action: HeadAction) -> str | None:
    """Which of the folder's tensors goes to the place of `name`; only head and embedding can change places."""
    if name == family.lm_head:
        return {
            HeadAction.WRITE_HEAD: family.lm_head,
            HeadAction.WRITE_EMBEDDING_TWICE: family.embedding,
        }.get(action)
    if name == family.embedding and action is HeadAction.SHARE_HEAD:
        return family.lm_head
    return name


def _planned_tensor(rule: TensorRule, gguf_name: str, source: ModelTensor, options: PlanOptions) -> PlannedTensor:
    kind, note = choose_type(source, gguf_name, options.output_type)
    return PlannedTensor(gguf_name, source, source.shape, kind, byte_size(source.shape, kind), rule.ops, note)


def _main_type(tensors: tuple[PlannedTensor, ...]) -> GGMLQuantizationType:
    """The type that most bytes of matrices have; it names the file's type."""
    weights: Counter[GGMLQuantizationType] = Counter()
    for tensor in tensors:
        if len(tensor.shape) > 1:
            weights[tensor.type] += tensor.byte_count
    return weights.most_common(1)[0][0] if weights else GGMLQuantizationType.F32


def _dropped(family: Architecture, sources: SourceTensors, verdict: LmHeadVerdict) -> Iterator[DroppedTensor]:
    yield from (DroppedTensor(tensor, reason) for tensor, reason in sources.dropped)
    yield from (DroppedTensor(tensor, f"not known for {family.name}") for tensor in sources.unknown)
    head, embedding = sources.found.get(family.lm_head), sources.found.get(family.embedding)
    if head is not None and verdict.action not in (HeadAction.WRITE_HEAD, HeadAction.SHARE_HEAD):
        yield DroppedTensor(head, _reason_without_head(verdict))
    if embedding is not None and verdict.action is HeadAction.SHARE_HEAD:
        yield DroppedTensor(embedding, "lm_head is the finer copy of the same matrix and takes its place")


def _reason_without_head(verdict: LmHeadVerdict) -> str:
    if verdict.choice is HeadChoice.SHARE and verdict.kind is not HeadKind.COPY:
        return "you chose to share the embedding"
    return {
        HeadKind.COMPARING: "being compared with the embedding…",
        HeadKind.COPY: "it equals the embedding, which llama.cpp uses for both",
        HeadKind.QUANTIZED_TWICE: "it is a coarser copy of the embedding",
        HeadKind.IGNORED: "MLX ignores it: config.json ties the output to the embedding",
    }.get(verdict.kind, NOTHING_WRITTEN)


def _blocked(
    checkpoint: Checkpoint, options: PlanOptions, findings: tuple[Finding, ...], family: Architecture | None = None
) -> ConversionPlan:
    """A plan that writes nothing, because config.json tells too little to plan anything."""
    return ConversionPlan(
        model_name=checkpoint.name,
        architecture=family.name if family else "",
        options=options,
        tensors=(),
        dropped=tuple(DroppedTensor(tensor, NOTHING_WRITTEN) for tensor in checkpoint.tensors),
        metadata=(),
        findings=findings,
        lm_head=LmHeadVerdict(HeadKind.COMPARING, HeadAction.STOP, options.head, None),
        byte_count=0,
        is_provisional=True,
    )
