"""Plans, looks and vocabularies straight from a checkpoint, as tests want them."""

from collections.abc import Iterable

from app.core.checkpoint import Checkpoint
from app.core.convert import prepare as read
from app.core.ggml_types import OutputType
from app.core.model.facts import WeightFacts
from app.core.model.identify import identify
from app.core.plan import ConversionPlan, PlanOptions, Prepared
from app.core.tokenizer import Vocabulary


def make_plan(
    checkpoint: Checkpoint,
    options: PlanOptions | None = None,
    vocabulary: Vocabulary | None = None,
    facts: WeightFacts | None = None,
) -> ConversionPlan:
    """Of what is known; provisional without the rest."""
    return Prepared(identify(checkpoint), vocabulary, facts).plan(options or PlanOptions())


def prepare_plans(
    checkpoint: Checkpoint, options: PlanOptions, types: Iterable[OutputType]
) -> tuple[ConversionPlan, ...]:
    """Final ones, for several types."""
    return read(identify(checkpoint)).plans(options, types)
