"""plan_adapters: a model with adapters on it → these as one file of their own, in each of several types."""

from collections.abc import Sequence
from dataclasses import replace

from gguf import GGMLQuantizationType

from app.core.display_name import display_name
from app.core.ggml_types import OutputType
from app.core.plan.adapter.adapter_plan import AdapterPlan
from app.core.plan.adapter.make_plan import plan_adapter
from app.core.plan.options import PlanOptions
from app.core.plan.prepared import Prepared


def plan_adapters(
    prepared: Prepared, options: PlanOptions, kinds: Sequence[GGMLQuantizationType]
) -> tuple[AdapterPlan, ...]:
    """One plan for each of `kinds`: F32, F16 or BF16. Of `options` only the layout and the head count.

    `prepared` must hold the look at the weights; what stops only a model, such as its vocabulary, is left aside.
    """
    wanted = PlanOptions(OutputType.F32, options.head, options.layout)
    plan = replace(prepared, vocabulary=None).plan(wanted)
    model = prepared.model
    base_name = display_name(model.checkpoint.folder)  # a checkpoint's name may have those of its adapters in it
    name = "-".join(display_name(one.adapter.folder) for one in model.adapters)
    return tuple(plan_adapter(plan, name, base_name, kind) for kind in kinds)
