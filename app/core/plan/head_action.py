"""The evidence about lm_head → the verdict, with what either choice would cost."""

import gguf

from app.core.architectures import Architecture, Config, Head
from app.core.checkpoint import ModelTensor
from app.core.plan.facts import WeightFacts
from app.core.plan.lm_head import HeadEvidence, LmHeadVerdict, judge_lm_head
from app.core.plan.options import PlanOptions
from app.core.plan.tensor_types import byte_size, choose_type, is_readable

OUTPUT = gguf.TENSOR_NAMES[gguf.MODEL_TENSOR.OUTPUT] + ".weight"


def judge(
    family: Architecture,
    config: Config,
    options: PlanOptions,
    embedding: ModelTensor | None,
    head: ModelTensor | None,
    facts: WeightFacts | None,
) -> LmHeadVerdict:
    """What is done about the head, and the bytes of sharing and of keeping it."""
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
    if matrix is not None and is_readable(matrix):
        kind_of_file, _ = choose_type(matrix, OUTPUT, matrix.shape, options.output_type)
        written_apart = byte_size(matrix.shape, kind_of_file)
    shared = written_apart if family.head is Head.REQUIRED else 0
    return LmHeadVerdict(kind, action, options.head, comparison, shared, written_apart)
