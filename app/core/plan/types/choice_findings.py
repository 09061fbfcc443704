"""What is to be said about types that a person chose for single tensors."""

from collections.abc import Iterator

from gguf import GGML_QUANT_SIZES

from app.core.findings import Finding, stop, warning
from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.types.fitting_types import fitting_types
from app.core.plan.types.tensor_choices import TensorChoice, TensorChoices


def choice_findings(tensors: tuple[PlannedTensor, ...], choices: TensorChoices) -> Iterator[Finding]:
    """Choices that a tensor cannot have, and choices that change nothing."""
    for choice in dict.fromkeys(choices):
        found = [tensor for tensor in tensors if tensor.choice == choice]
        impossible = [tensor for tensor in found if tensor.type is not choice.type]
        if impossible:
            yield _does_not_fit(choice, impossible)
        if not found:
            yield _without_effect(choice)


def _does_not_fit(choice: TensorChoice, tensors: list[PlannedTensor]) -> Finding:
    first, kind = tensors[0], choice.type
    others = f", nor can {len(tensors) - 1} more that {choice} finds" if len(tensors) > 1 else ""
    return stop(
        "type-does-not-fit",
        f"{first.name} cannot be {kind.name}{others}.",
        f"Its rows have {first.shape[-1]:,} values, {kind.name} has blocks of {GGML_QUANT_SIZES[kind][0]}.",
        f"What fits is {', '.join(one.name for one in fitting_types(first))}.",
        first.name,
    )


def _without_effect(choice: TensorChoice) -> Finding:
    return warning(
        "choice-without-effect",
        f"The choice {choice} changes no tensor.",
        "The pattern finds no name, or only tensors that llama.cpp does not take as another type, or an earlier choice "
        "comes first.",
        "Compare it with the names that the tensors have in the file.",
        choice.pattern,
    )
