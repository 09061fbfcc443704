"""An adapter as a GGUF file of its own, which llama.cpp adds to the base's at run time."""

from app.core.plan.adapter.adapter_plan import AdapterPlan, AdapterTensor
from app.core.plan.adapter.make_plan import plan_adapter
from app.core.plan.adapter.of_model import plan_adapters

__all__ = ["AdapterPlan", "AdapterTensor", "plan_adapter", "plan_adapters"]
