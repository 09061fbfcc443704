"""Prepared: what is known of a folder → for any choice, what will be written. Pure, before any work."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import NamedTuple

from app.core.architectures import Layout
from app.core.checkpoint.purpose import Task
from app.core.findings import Finding, few
from app.core.ggml_types import OutputType
from app.core.model.config_values import CONFIG_ERRORS
from app.core.model.explained_errors import explained
from app.core.model.facts import WeightFacts
from app.core.model.identify import Model, identified
from app.core.model.layout import layout_findings
from app.core.model.source_tensors import SourceTensors
from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor, PlannedTensor
from app.core.plan.dropped import NOTHING_WRITTEN, dropped_for_head, left_out
from app.core.plan.head.judge import judge, with_sizes
from app.core.plan.head.lm_head import HeadAction, HeadKind, LmHeadVerdict
from app.core.plan.head.lm_head_findings import head_findings
from app.core.plan.header.metadata import Entries, imatrix_metadata, plan_metadata, vocabulary_metadata
from app.core.plan.header.numbers import number_entries, number_findings
from app.core.plan.options import PlanOptions
from app.core.plan.plan_findings import folder_findings, tensor_findings, what_explains
from app.core.plan.planned_tensors import computed_tensors, drafts, mix_facts, placed, planned_tensors
from app.core.plan.ranking import task_of, with_prompt, with_scores
from app.core.plan.split import split_byte_count, split_findings
from app.core.plan.task_findings import task_findings
from app.core.plan.types.choice_findings import choice_findings
from app.core.plan.types.imatrix_findings import imatrix_findings
from app.core.plan.types.packing_findings import has_blocks, has_packed_changes, packing_findings
from app.core.plan.types.tensor_types import Draft, TypeRules
from app.core.plan.unsupported_types import unsupported_model_type
from app.core.tokenizer import Vocabulary

AUTOMATIC = PlanOptions()


@dataclass(frozen=True)
class Arrangement:
    """What follows from the layout alone, and is the same for every other choice.

    `explanation`: the one thing that stops all, of which the `findings` only follow.
    """

    sources: SourceTensors
    drafts: tuple[Draft, ...]
    computed: tuple[PlannedTensor, ...]
    left_out: tuple[DroppedTensor, ...]
    findings: tuple[Finding, ...]
    explanation: Finding | None


class Written(NamedTuple):
    """What is in a file, what is to be said about its header, and its bytes."""

    tensors: tuple[PlannedTensor, ...]
    metadata: Entries
    findings: tuple[Finding, ...]
    byte_count: int


@dataclass(frozen=True)
class Prepared:
    """A model with its vocabulary and the look at its weights, as far as they are there.

    Plans are made at once: what does not depend on a choice is worked out once, and kept. `pre_tokenizer` is what the
    vocabulary was read with: a plan for another choice is made without it.
    """

    model: Model
    vocabulary: Vocabulary | None = None
    facts: WeightFacts | None = None
    pre_tokenizer: str = ""

    def plan(self, options: PlanOptions = AUTOMATIC) -> ConversionPlan:
        """The plan; provisional while the vocabulary, or facts that are needed about the weights, are missing."""
        model = self.model
        if not model.checkpoint.is_complete:
            return _blocked(model, options, model.checkpoint.findings)
        if found := unsupported_model_type(model):
            return _blocked(model, options, found)
        if model.family is None:
            return _blocked(model, options, model.checkpoint.findings)
        complaints = model.complaints
        if not complaints:
            try:
                return self._plan(options)
            except CONFIG_ERRORS as error:
                complaints = (self._explained(error, options),)
        return _blocked(model, options, (*model.checkpoint.findings, *complaints))

    def _explained(self, error: Exception, options: PlanOptions) -> Finding:
        model = self.model
        family = model.family
        assert family is not None
        return explained(
            error,
            family,
            lambda trail: replace(self, model=identified(model.checkpoint, family, trail.settings))._plan(options),
        )

    def plans(self, options: PlanOptions, types: Iterable[OutputType]) -> tuple[ConversionPlan, ...]:
        """One for each type, the same otherwise."""
        return tuple(self.plan(replace(options, output_type=output_type)) for output_type in types)

    @cached_property
    def _arrangements(self) -> dict[Layout | None, Arrangement]:
        return {}

    @cached_property
    def _vocabulary_metadata(self) -> Entries:
        if self.vocabulary is None:
            return ()
        is_ranked = task_of(self.model, self.vocabulary) is Task.RERANKING
        return vocabulary_metadata(with_prompt(self.vocabulary) if is_ranked else self.vocabulary)

    def _vocabulary_for(self, options: PlanOptions) -> Vocabulary | None:
        return self.vocabulary if options.pre_tokenizer == self.pre_tokenizer else None

    def _arranged(self, choice: Layout | None) -> Arrangement:
        """Raises CONFIG_ERRORS."""
        if choice not in self._arrangements:
            self._arrangements[choice] = _arrangement(self.model, choice)
        return self._arrangements[choice]

    def _plan(self, options: PlanOptions) -> ConversionPlan:
        """Raises CONFIG_ERRORS."""
        model, facts, vocabulary = self.model, self.facts, self._vocabulary_for(options)
        assert model.family is not None
        arranged = self._arranged(options.layout)
        if arranged.explanation is not None:
            return _blocked(model, options, (arranged.explanation,))
        sources = arranged.sources
        mix = replace(mix_facts(model), has_imatrix=options.imatrix is not None)
        rules = TypeRules(options, mix, facts or WeightFacts())
        task = task_of(model, vocabulary)

        @cache
        def written(action: HeadAction) -> Written:
            return self._written(arranged, rules, task, action)

        def lossless_size() -> int:
            lossless = replace(rules, options=replace(options, output_type=OutputType.LOSSLESS))
            return self._written(arranged, lossless, task, verdict.action).byte_count

        verdict = judge(model, rules)
        tensors, metadata, metadata_findings, byte_count = written(verdict.action)
        verdict = with_sizes(verdict, lambda action: written(action).byte_count)
        needs_a_look = has_blocks(tensors) or has_packed_changes(tensors) or any(one.rule.key for one in model.expected)
        findings = (
            *model.checkpoint.findings,
            *model.adapter_findings,
            *arranged.findings,
            *number_findings(model, sources, facts),
            *(head_findings(model.family, verdict) if _says_something_of_a_head(model, task, verdict) else ()),
            *(packing_findings(tensors, rules, lossless_size) if facts or not has_blocks(tensors) else ()),
            *choice_findings(tensors, options.tensor_types),
            *imatrix_findings(tensors, options.imatrix),
            *task_findings(model, task),
            *split_findings(tensors, options.split_max_size),
            *(vocabulary.findings if vocabulary else ()),
            *metadata_findings,
        )
        return ConversionPlan(
            model_name=options.name or model.checkpoint.name,
            architecture=model.family.name,
            options=options,
            layout=sources.layout,
            tensors=tensors,
            dropped=(*arranged.left_out, *dropped_for_head(model, sources, verdict)),
            metadata=metadata,
            findings=few(findings),
            lm_head=verdict,
            byte_count=byte_count,
            task=task,
            adapters=model.adapters,
            is_provisional=vocabulary is None or verdict.kind is HeadKind.COMPARING or (facts is None and needs_a_look),
        )

    def _written(self, arranged: Arrangement, rules: TypeRules, task: Task, action: HeadAction) -> Written:
        """The file with this done about the head. Raises CONFIG_ERRORS."""
        model, options = self.model, rules.options
        vocabulary = self._vocabulary_for(options)
        made = placed(model, arranged.sources, arranged.drafts, action)
        if task is Task.RERANKING:
            made = with_scores(made, vocabulary)
        tensors = (*arranged.computed, *planned_tensors(made, rules))
        metadata, findings = plan_metadata(model, options, task, tensors, vocabulary)
        metadata += self._vocabulary_metadata if vocabulary else ()
        if options.imatrix is not None and any(tensor.importance for tensor in tensors):
            metadata += imatrix_metadata(options.imatrix)
        metadata += number_entries(model, arranged.sources, self.facts)
        return Written(tensors, metadata, findings, split_byte_count(metadata, tensors, options.split_max_size))


def _arrangement(model: Model, choice: Layout | None) -> Arrangement:
    """Raises CONFIG_ERRORS."""
    assert model.family is not None
    layout = model.evidence.layout if choice is None else choice
    sources = model.sources(layout)
    about_tensors = tensor_findings(model, sources)
    return Arrangement(
        sources,
        drafts(model, sources),
        computed_tensors(model),
        tuple(left_out(model, sources)),
        (
            *layout_findings(model.family, model.evidence, choice, sources),
            *folder_findings(model, sources),
            *about_tensors,
        ),
        what_explains(about_tensors, model, sources),
    )


def _says_something_of_a_head(model: Model, task: Task, verdict: LmHeadVerdict) -> bool:
    """A reranker's file has two rows of it in any case, if there is one."""
    return model.embedding is not None and (task is not Task.RERANKING or verdict.action is HeadAction.STOP)


def _blocked(model: Model, options: PlanOptions, findings: tuple[Finding, ...]) -> ConversionPlan:
    """A plan that writes nothing, because too little is known to plan anything, or the one thing that stops all is."""
    checkpoint, family = model.checkpoint, model.family
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
