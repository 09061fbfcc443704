"""What can be known of a head and its embedding, and families that treat it in their own ways."""

from dataclasses import replace

from app.core.architectures import Head, HeadFacts, MlxHead
from app.core.architectures.families.gemma3 import GEMMA3
from app.core.plan import HeadComparison, HeadEvidence

EQUAL = HeadComparison(100, 0, 0.0, 0.0, 1.0, ())
DIFFERENT = HeadComparison(100, 10, 0.5, 0.01, 0.99, ())
TWO_QUANTIZATIONS = replace(DIFFERENT, within_steps=True, head_step=0.01, embedding_step=0.1)
COARSER_HEAD = replace(TWO_QUANTIZATIONS, head_step=0.2)


def family(head=Head.OPTIONAL, mlx_head=MlxHead.PRESENCE, ties=True, disputed=False):
    """`disputed`: transformers does not tie where config.json is silent, though mlx-lm does."""
    return replace(GEMMA3, head=HeadFacts(head, mlx_head, ties, disputed))


def evidence(comparison=None, ties=None, has_head=None, shapes_match=True):
    return HeadEvidence(comparison is not None if has_head is None else has_head, shapes_match, ties, comparison)
