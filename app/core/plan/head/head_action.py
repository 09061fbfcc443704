"""The evidence about lm_head → the verdict, with what either choice would cost."""

import gguf

from app.core.architectures import Head
from app.core.model.identify import Model
from app.core.model.packing import is_readable
from app.core.plan.head.lm_head import HeadEvidence, LmHeadVerdict, judge_lm_head
from app.core.plan.types.tensor_types import Draft, TypeRules, choose_types

OUTPUT = gguf.TENSOR_NAMES[gguf.MODEL_TENSOR.OUTPUT] + ".weight"


def judge(model: Model, rules: TypeRules) -> LmHeadVerdict:
    """What is done about the head, and the bytes of sharing and of keeping it."""
    assert model.family is not None
    family, embedding, head = model.family, model.embedding, model.head
    ties = model.config.get("tie_word_embeddings")
    comparison = rules.facts.head
    evidence = HeadEvidence(
        has_head=head is not None,
        shapes_match=head is None or embedding is None or head.shape == embedding.shape,
        config_ties=ties if isinstance(ties, bool) else None,
        comparison=comparison,
    )
    kind, action = judge_lm_head(family, evidence, rules.options.head)
    written_apart = 0
    matrix = head or embedding
    if matrix is not None and is_readable(matrix):
        (chosen,) = choose_types([Draft(OUTPUT, matrix.shape, (matrix,))], rules)
        written_apart = chosen.byte_count
    shared = written_apart if family.head is Head.REQUIRED else 0
    return LmHeadVerdict(kind, action, rules.options.head, comparison, shared, written_apart)
