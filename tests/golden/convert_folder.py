"""A folder converted to several types in one go."""

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert_all
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.planning import prepare_plans


def convert_folder(folder, kinds, target):
    """A file of each kind, in one go."""
    plans = prepare_plans(open_checkpoint(folder), PlanOptions(), map(OutputType, kinds))
    assert all(plan.can_convert for plan in plans), [finding.what for finding in plans[0].blockers]
    return [one.path for one in convert_all([(plan, target / f"{plan.options.output_type}.gguf") for plan in plans])]
