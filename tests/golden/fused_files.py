"""The file of a model and the adapters on it."""

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert
from app.core.convert import prepare as read
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from tests.tiny_checkpoints import with_tokenizer


def file_of(folder, target, adapters=(), kind=OutputType.F32):
    plan = read(identify(open_checkpoint(with_tokenizer(folder)), adapters)).plan(PlanOptions(kind))
    assert plan.can_convert, [finding.what for finding in plan.blockers]
    return convert(plan, target)
