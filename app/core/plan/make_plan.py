"""make_plan: what is in the folder and what the user chose → what will be written. Pure, before any work."""

from collections.abc import Iterator
from dataclasses import replace

from app.core.architectures import Architecture, Config, find_architecture
from app.core.architectures.normalize_config import unify
from app.core.checkpoint import Checkpoint
from app.core.findings import Finding, few
from app.core.model.config_check import CONFIG_ERRORS, bad_config, check_config, check_counts, layer_count
from app.core.model.expected_tensors import WantedTensor, wanted_tensors
from app.core.model.facts import WeightFacts
from app.core.model.layout import decide_layout
from app.core.model.source_tensors import SourceTensors, find_tensor, source_tensors
from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor
from app.core.plan.head.head_action import judge
from app.core.plan.head.lm_head import HeadAction, HeadKind, LmHeadVerdict
from app.core.plan.head.lm_head_findings import head_findings
from app.core.plan.header.file_size import file_byte_count
from app.core.plan.header.metadata import plan_metadata
from app.core.plan.header.numbers import number_entries, number_findings, number_tensors
from app.core.plan.options import HeadChoice, PlanOptions
from app.core.plan.plan_findings import folder_findings, tensor_findings, unsupported_model_type
from app.core.plan.planned_tensors import mix_facts, planned_tensors
from app.core.plan.types.choice_findings import choice_findings
from app.core.plan.types.imatrix_findings import imatrix_findings
from app.core.plan.types.packing_findings import has_blocks, packing_findings
from app.core.plan.types.tensor_types import TypeRules
from app.core.tokenizer import Vocabulary

NOTHING_WRITTEN = "nothing is written while a finding stops the conversion"
AUTOMATIC = PlanOptions()


def make_plan(
    checkpoint: Checkpoint,
    options: PlanOptions = AUTOMATIC,
    vocabulary: Vocabulary | None = None,
    facts: WeightFacts | None = None,
) -> ConversionPlan:
    """The plan; provisional while the vocabulary, or facts that are needed about the weights, are missing."""
    family = find_architecture(checkpoint.model_type, checkpoint.config)
    if family is None:
        found = unsupported_model_type(checkpoint.model_type)
        return _blocked(checkpoint, options, (*checkpoint.findings, *found))
    try:
        complaints = check_counts(family, unify(checkpoint.config))
        if not complaints:
            config = unify(checkpoint.config, family.defaults)
            complaints = check_config(family, config)
        if not complaints:
            return _plan(checkpoint, options, vocabulary, facts, family, config)
    except CONFIG_ERRORS as error:
        complaints = (bad_config(f"{type(error).__name__}: {error}"),)
    return _blocked(checkpoint, options, (*checkpoint.findings, *complaints), family)


def _plan(
    checkpoint: Checkpoint,
    options: PlanOptions,
    vocabulary: Vocabulary | None,
    facts: WeightFacts | None,
    family: Architecture,
    config: Config,
) -> ConversionPlan:
    embedding, head = (find_tensor(checkpoint, family, name) for name in (family.embedding, family.lm_head))
    rows = embedding.shape[0] if embedding is not None and embedding.shape else 0
    wanted = wanted_tensors(family, config, layer_count(family, config), rows)
    layout, layout_findings = decide_layout(checkpoint, family, wanted, options.layout)
    sources = source_tensors(checkpoint, family, config, wanted, layout)
    mix = replace(mix_facts(family, config), has_imatrix=options.imatrix is not None)
    rules = TypeRules(options, mix, facts or WeightFacts())
    verdict = judge(family, config, rules, embedding, head)
    tensors = tuple(planned_tensors(family, config, wanted, sources, verdict.action, rules))
    metadata, metadata_findings = plan_metadata(checkpoint, family, config, options, tensors, vocabulary)
    metadata += number_entries(family, wanted, sources, facts)
    findings = (
        *checkpoint.findings,
        *layout_findings,
        *folder_findings(checkpoint, family, config, layout),
        *tensor_findings(family, wanted, sources, config, embedding),
        *number_findings(family, wanted, sources, facts),
        *(head_findings(family, verdict) if embedding else ()),
        *(packing_findings(tensors, rules) if facts or not has_blocks(tensors) else ()),
        *choice_findings(tensors, options.tensor_types),
        *imatrix_findings(tensors, options.imatrix),
        *(vocabulary.findings if vocabulary else ()),
        *metadata_findings,
    )
    return ConversionPlan(
        model_name=options.name or checkpoint.name,
        architecture=family.name,
        options=options,
        layout=layout,
        tensors=tensors,
        dropped=tuple(_dropped(family, wanted, sources, verdict)),
        metadata=metadata,
        findings=few(findings),
        lm_head=verdict,
        byte_count=file_byte_count(metadata, tensors),
        is_provisional=vocabulary is None
        or verdict.kind is HeadKind.COMPARING
        or (facts is None and (has_blocks(tensors) or any(one.rule.key for one in wanted))),
    )


def _dropped(
    family: Architecture, wanted: list[WantedTensor], sources: SourceTensors, verdict: LmHeadVerdict
) -> Iterator[DroppedTensor]:
    for one, tensor in number_tensors(wanted, sources):
        yield DroppedTensor(tensor, f"its value is in the header: {one.rule.key.format(arch=family.gguf)}")
    yield from (DroppedTensor(tensor, reason) for tensor, reason in sources.dropped)
    not_known = f"not known for {family.name}"
    yield from (DroppedTensor(tensor, not_known) for tensor in sources.unknown)
    (head,) = sources.found.get(family.lm_head, (None,))
    (embedding,) = sources.found.get(family.embedding, (None,))
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
        model_name=options.name or checkpoint.name,
        architecture=family.name if family else "",
        options=options,
        layout=None,
        tensors=(),
        dropped=tuple(DroppedTensor(tensor, NOTHING_WRITTEN) for tensor in checkpoint.tensors),
        metadata=(),
        findings=few(findings),
        lm_head=LmHeadVerdict(HeadKind.COMPARING, HeadAction.STOP, options.head, None),
        byte_count=0,
        is_provisional=True,
    )
