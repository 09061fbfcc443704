"""What is to be said about types that a person chose for single tensors."""

from collections.abc import Iterator

from gguf import GGML_QUANT_SIZES

from app.core.findings import Finding, blocker, warning
from app.core.model.imatrix import Imatrix
from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.types.fitting_types import fitting_types
from app.core.plan.types.tensor_choices import TensorChoice, TensorChoices
from app.core.remedies import ChooseTensorType
from app.core.text import counted, text


def choice_findings(tensors: tuple[PlannedTensor, ...], choices: TensorChoices) -> Iterator[Finding]:
    """Choices that a tensor cannot have, and choices that change nothing."""
    for choice in dict.fromkeys(choices):
        found = [tensor for tensor in tensors if tensor.choice == choice]
        impossible = [tensor for tensor in found if tensor.type is not choice.type]
        if impossible:
            yield _does_not_fit(choice, impossible, another_type(choice, tensors, None))
        if not found:
            yield _without_effect(choice)


def another_type(
    choice: TensorChoice, tensors: tuple[PlannedTensor, ...], imatrix: Imatrix | None
) -> tuple[ChooseTensorType, ...]:
    """What all tensors with this choice can be instead; nothing where they have no type in common."""
    fitting = [fitting_types(tensor, imatrix) for tensor in tensors if tensor.choice == choice]
    names = tuple(kind.name for kind in fitting[0] if kind is not choice.type and all(kind in one for one in fitting))
    return (ChooseTensorType(choice.pattern, names),) if names else ()


def _does_not_fit(
    choice: TensorChoice, tensors: list[PlannedTensor], remedies: tuple[ChooseTensorType, ...]
) -> Finding:
    first, kind = tensors[0], choice.type
    return blocker(
        "type-does-not-fit",
        text("{tensor} cannot be {type}.", tensor=first.name, type=kind.name)
        if len(tensors) == 1
        else counted(
            "{tensor} and {count} more tensor that {choice} matches cannot be {type}.",
            "{tensor} and {count} more tensors that {choice} matches cannot be {type}.",
            len(tensors) - 1,
            tensor=first.name,
            type=kind.name,
            choice=str(choice),
        ),
        text(
            "Its rows have {length:,} values; {type} has blocks of {block}.",
            length=first.shape[-1],
            type=kind.name,
            block=GGML_QUANT_SIZES[kind][0],
        ),
        text("These types fit: {types}.", types=", ".join(one.name for one in fitting_types(first))),
        first.name,
        remedies,
    )


def _without_effect(choice: TensorChoice) -> Finding:
    return warning(
        "choice-without-effect",
        text("The choice {choice} changes no tensor.", choice=str(choice)),
        text(
            "The pattern matches no name, or only tensors whose type llama.cpp fixes, or an earlier choice "
            "takes precedence."
        ),
        text("Compare it with the names that the tensors have in the file."),
        choice.pattern,
    )
