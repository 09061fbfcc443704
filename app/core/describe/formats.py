"""What a person chooses a format from: the formats that make sense for a folder, two or three of them recommended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.checkpoint.purpose import Task
from app.core.describe.format_choice import FormatChoice
from app.core.describe.format_quality import main_types, quality_of, quality_words
from app.core.describe.memory_need import MemoryNeed, memory_need
from app.core.describe.recommended import recommended
from app.core.ggml_types import OUTPUTS, OutputType
from app.core.plan.conversion_plan import ConversionPlan
from app.core.text import text

EXPERTS = "_exps."  # in the names of tensors that hold all experts
NVFP4 = "nvfp4"  # MLX's mode
SAME_AS_BEST = text("The same as Best match")


def format_choices(
    plans: Mapping[OutputType, ConversionPlan], machine: int, chosen: OutputType = OutputType.AUTO
) -> tuple[FormatChoice, ...]:
    """In the order of a menu, formats that are of no use for the folder left out; () where nothing can be planned.

    `plans` differ in the type only. `machine`: bytes of the memory that the file is to run in. What is `chosen` is
    among them in any case.
    """
    best = plans.get(OutputType.AUTO)
    useful = [(kind, plan) for kind, plan in plans.items() if plan.tensors and (kind is chosen or _fits(kind, plan))]
    needs = _needs([plan for _, plan in useful], machine)
    choices = [_choice(plan, best, need) for (_, plan), need in zip(useful, needs, strict=True)]
    choices.sort(key=lambda one: list(OUTPUTS).index(one.output_type))
    roles = recommended(choices, best.task if best else Task.TEXT)
    return tuple(
        replace(one, role=roles[kind][0], reason=roles[kind][1]) if (kind := one.output_type) in roles else one
        for one in choices
    )


def _needs(plans: Sequence[ConversionPlan], machine: int) -> list[MemoryNeed]:
    """Nothing but the weights depends on the type."""
    first = memory_need(plans[0], machine) if plans else None
    return [replace(first, weights=plan.byte_count) for plan in plans] if first else []


def _choice(plan: ConversionPlan, best: ConversionPlan | None, need: MemoryNeed) -> FormatChoice:
    kind, quality = plan.options.output_type, quality_of(plan, best)
    words = SAME_AS_BEST if _is_same(plan, best) else quality_words(plan, quality, OUTPUTS[kind].title)
    return FormatChoice(kind, plan.byte_count, quality, words, need, main_types(plan))


def _is_same(plan: ConversionPlan, best: ConversionPlan | None) -> bool:
    """Whether a format makes of this folder what another one does."""
    if best is None or plan is best or not plan.can_convert or plan.is_provisional or best.is_provisional:
        return False
    if (plan.byte_count, len(plan.tensors)) != (best.byte_count, len(best.tensors)):
        return False
    pairs = zip(plan.tensors, best.tensors, strict=True)
    return all((one.name, one.type, one.method) == (other.name, other.type, other.method) for one, other in pairs)


def _fits(kind: OutputType, plan: ConversionPlan) -> bool:
    """MXFP4 where there are experts to be put into it; NVFP4 only where the folder has it."""
    if kind is OutputType.MXFP4:
        return any(EXPERTS in tensor.name for tensor in plan.tensors)
    if kind is OutputType.NVFP4:
        packings = (source.quantization for tensor in plan.tensors for source in tensor.sources)
        return any(packing is not None and packing.mode == NVFP4 for packing in packings)
    return True
