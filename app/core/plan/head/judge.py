"""The evidence about lm_head → the verdict, with what either choice would cost. Pure rules."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import gguf

from app.core.architectures import Architecture, Head, MlxHead
from app.core.checkpoint import ModelTensor
from app.core.model.facts import HeadComparison
from app.core.model.identify import Model
from app.core.model.packing import is_readable
from app.core.plan.head.lm_head import HeadAction, HeadKind, HeadOption, LmHeadVerdict
from app.core.plan.options import HeadChoice
from app.core.plan.types.tensor_types import Draft, TypeRules, choose_types

OUTPUT = gguf.TENSOR_NAMES[gguf.MODEL_TENSOR.OUTPUT] + ".weight"


@dataclass(frozen=True)
class HeadEvidence:
    """All that the verdict rests on. `config_ties` is None when config.json is silent."""

    has_head: bool
    shapes_match: bool
    config_ties: bool | None
    comparison: HeadComparison | None  # None: there is no head, or it has not been looked at yet
    same_updates: bool = True  # adapters add the same to both, or nothing


def judge(model: Model, rules: TypeRules) -> LmHeadVerdict:
    """What is done about the head, and the bytes of sharing and of keeping it."""
    assert model.family is not None
    family, embedding, head = model.family, model.embedding, model.head
    ties = model.config.get("tie_word_embeddings")
    comparison = rules.facts.head
    evidence = HeadEvidence(
        has_head=head is not None,
        shapes_match=head is None or embedding is None or _match(head, embedding),
        config_ties=ties if isinstance(ties, bool) else None,
        comparison=comparison,
        same_updates=head is None or embedding is None or head.updates == embedding.updates,
    )
    kind, action = judge_lm_head(family, evidence, rules.options.head)
    written_apart = 0
    matrix = head or embedding
    if matrix is not None and is_readable(matrix):
        (chosen,) = choose_types([Draft(OUTPUT, matrix.shape, (matrix,))], rules)
        written_apart = chosen.byte_count
    shared = written_apart if family.head.llama_cpp is Head.REQUIRED else 0
    is_silent = evidence.config_ties is None
    options = tuple(HeadOption(choice, judge_lm_head(family, evidence, choice)[1]) for choice in HeadChoice)
    return LmHeadVerdict(kind, action, rules.options.head, comparison, shared, written_apart, is_silent, options)


def with_sizes(verdict: LmHeadVerdict, size_of: Callable[[HeadAction], int]) -> LmHeadVerdict:
    """With the bytes of the whole file for each option, where there is something to choose."""
    actions = {one.action for one in verdict.options} - {HeadAction.STOP}
    if len(actions) < 2:
        return verdict
    sizes = {action: size_of(action) for action in actions}
    return replace(verdict, options=tuple(replace(one, byte_count=sizes.get(one.action)) for one in verdict.options))


def _match(head: ModelTensor, embedding: ModelTensor) -> bool:
    """As far as their shapes are known."""
    return head.shape == embedding.shape or not (head.is_settled and embedding.is_settled)


def judge_lm_head(
    family: Architecture, evidence: HeadEvidence, choice: HeadChoice = HeadChoice.AUTO
) -> tuple[HeadKind, HeadAction]:
    """Bytes decide, not names. Without a comparison of an existing head the verdict is COMPARING."""
    kind = _kind(family, evidence)
    return kind, _action(family, kind, choice, evidence)


def _kind(family: Architecture, evidence: HeadEvidence) -> HeadKind:
    ties = family.head.ties if evidence.config_ties is None else evidence.config_ties
    if not evidence.has_head:
        return HeadKind.TIED if ties or family.head.mlx is MlxHead.NEVER else HeadKind.MISSING
    if not evidence.shapes_match:
        return HeadKind.MISSHAPEN
    if evidence.comparison is None:
        return HeadKind.COMPARING
    if evidence.comparison.are_equal and evidence.same_updates:
        return HeadKind.COPY
    # transformers trained it, and mlx-lm would have thrown it away: no mlx-lm has saved this folder
    is_meant = evidence.config_ties is None and family.head.unties_as_published
    if family.head.mlx is MlxHead.CONFIG and ties and not is_meant:
        return HeadKind.IGNORED
    if evidence.comparison.within_steps and evidence.same_updates:
        return HeadKind.QUANTIZED_TWICE
    if family.head.llama_cpp is Head.NEVER:
        return HeadKind.CANNOT_BE_KEPT
    return HeadKind.IGNORED if family.head.mlx is MlxHead.NEVER else HeadKind.UNTIED


def _action(family: Architecture, kind: HeadKind, choice: HeadChoice, evidence: HeadEvidence) -> HeadAction:
    share = HeadAction.WRITE_EMBEDDING_TWICE if family.head.llama_cpp is Head.REQUIRED else HeadAction.SHARE
    if choice is HeadChoice.SHARE:
        return share
    if choice is HeadChoice.KEEP and evidence.has_head:
        writable = family.head.llama_cpp is not Head.NEVER and kind is not HeadKind.MISSHAPEN
        return HeadAction.WRITE_HEAD if writable else HeadAction.STOP
    return {
        HeadKind.COMPARING: share,  # provisional
        HeadKind.TIED: share,
        HeadKind.COPY: HeadAction.WRITE_HEAD if family.head.llama_cpp is Head.REQUIRED else HeadAction.SHARE,
        HeadKind.UNTIED: HeadAction.WRITE_HEAD,
        HeadKind.QUANTIZED_TWICE: _better_copy(family, evidence),
        HeadKind.IGNORED: share,
        HeadKind.CANNOT_BE_KEPT: HeadAction.STOP,
        HeadKind.MISSING: HeadAction.STOP,
        HeadKind.MISSHAPEN: HeadAction.STOP,
    }[kind]


def _better_copy(family: Architecture, evidence: HeadEvidence) -> HeadAction:
    """Both copies as MLX computes, or the finer one where llama.cpp reads only one."""
    comparison = evidence.comparison
    if family.head.llama_cpp is not Head.NEVER or comparison is None:
        return HeadAction.WRITE_HEAD
    return HeadAction.SHARE_HEAD if comparison.head_step < comparison.embedding_step else HeadAction.SHARE
