"""Plans of any size, and the plans of one folder that follow each other in the window."""

from dataclasses import replace

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.plan import ConversionPlan, PlanOptions
from tests.planning import make_plan


def provisional_plan(folder) -> ConversionPlan:
    return make_plan(open_checkpoint(folder))


def final_plan(folder, **options) -> ConversionPlan:
    return prepare_plan(open_checkpoint(folder), PlanOptions(**options))


def big_plan(folder, row_count: int) -> ConversionPlan:
    """The layers of the folder's plan again and again."""
    plan = provisional_plan(folder)
    layer = [tensor for tensor in plan.tensors if tensor.name.startswith("blk.0.")]
    tensors = []
    for number in range(row_count):
        tensor, count = layer[number % len(layer)], number // len(layer)
        (source,) = tensor.sources
        source = replace(source, name=source.name.replace("layers.0.", f"layers.{count}."))
        tensors.append(replace(tensor, name=tensor.name.replace("blk.0.", f"blk.{count}."), sources=(source,)))
    return replace(plan, tensors=tuple(tensors), dropped=())
