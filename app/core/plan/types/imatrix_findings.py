"""What is to be said about an importance matrix, and where one is missing."""

from collections.abc import Iterator

from app.core.findings import Finding, blocker, info, warning
from app.core.ggml_types import TENSOR_TYPES, Importance, types_by_importance
from app.core.model.imatrix import Imatrix, needed_count
from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.types.choice_findings import another_type
from app.core.remedies import ChooseImatrix, ChooseTensorType, LeaveOutImatrix
from app.core.text import Text, counted, text


def imatrix_findings(tensors: tuple[PlannedTensor, ...], imatrix: Imatrix | None) -> Iterator[Finding]:
    """How many tensors it covers, which it contradicts, which cannot be without."""
    users = [tensor for tensor in tensors if uses_importance(tensor)]
    wrong = [tensor for tensor in users if imatrix and imatrix.contradicts(tensor.name, tensor.shape)]
    if imatrix and wrong:
        yield _wrong_length(imatrix, wrong)
    needing = types_by_importance(Importance.NEEDED)
    needy = [tensor for tensor in users if tensor.type in needing and not tensor.importance]
    if needy and not wrong:
        choice = needy[0].choice
        yield _needed(needy, imatrix, another_type(choice, tensors, imatrix) if choice else ())
    if imatrix and not wrong:
        yield _coverage(imatrix, users)


def uses_importance(tensor: PlannedTensor) -> bool:
    """Whether the blocks of a tensor are chosen by importance, if there is any."""
    if TENSOR_TYPES[tensor.type].importance is Importance.UNUSED or not tensor.sources:
        return False
    return not tensor.keeps_codes


def _wrong_length(imatrix: Imatrix, tensors: list[PlannedTensor]) -> Finding:
    first = tensors[0]
    values = {
        "file": imatrix.file.path.name,
        "found": imatrix.by_name[first.name].value_count,
        "tensor": first.name,
        "needed": needed_count(first.shape),
    }
    return blocker(
        "imatrix-of-another-shape",
        text("{file} has {found:,} values for {tensor}, which needs {needed:,}.", **values)
        if len(tensors) == 1
        else counted(
            "{file} has {found:,} values for {tensor}, which needs {needed:,}; {count} more tensor does not "
            "match either.",
            "{file} has {found:,} values for {tensor}, which needs {needed:,}; {count} more tensors do not "
            "match either.",
            len(tensors) - 1,
            **values,
        ),
        text("It was made for a model of a different size."),
        text(
            "Convert without it, or use the one that belongs to this model. llama-imatrix makes one from a "
            "GGUF file of this model and a text."
        ),
        first.name,
        (LeaveOutImatrix(), ChooseImatrix()),
    )


def _needed(tensors: list[PlannedTensor], imatrix: Imatrix | None, others: tuple[ChooseTensorType, ...]) -> Finding:
    first = tensors[0]
    return blocker(
        "importance-needed",
        text("{tensor} as {type} needs an importance matrix.", tensor=first.name, type=first.type.name)
        if len(tensors) == 1
        else counted(
            "{tensor} as {type} needs an importance matrix, and so does {count} more tensor.",
            "{tensor} as {type} needs an importance matrix, and so do {count} more tensors.",
            len(tensors) - 1,
            tensor=first.name,
            type=first.type.name,
        ),
        text("{file} has no values for it.", file=imatrix.file.path.name)
        if imatrix
        else text("Blocks this small are useless without one."),
        text(
            "Choose another type, or an importance matrix. "
            "llama-imatrix makes one from a GGUF file of this model and a text."
        ),
        first.name,
        (*others, ChooseImatrix()),
    )


def _coverage(imatrix: Imatrix, users: list[PlannedTensor]) -> Finding:
    name = imatrix.file.path.name
    covered = [tensor for tensor in users if tensor.importance]
    if not users:
        return info(
            "imatrix",
            text("{file} is not used.", file=name),
            text("No tensor gets a type that an importance matrix could improve."),
        )
    if not covered:
        return warning(
            "imatrix-of-another-model",
            counted(
                "{file} does not cover the one tensor that could use it.",
                "{file} covers none of the {count} tensors that could use it.",
                len(users),
                file=name,
            ),
            text("It names different tensors, so it belongs to another kind of model."),
            text(
                "Use the one that belongs to this model. llama-imatrix makes one from a GGUF file of this model "
                "and a text."
            ),
            remedies=(ChooseImatrix(),),
        )
    missing = [tensor.name for tensor in users if not tensor.importance]
    return info(
        "imatrix",
        counted(
            "{file} covers {covered} of the {count} tensor that can use it.",
            "{file} covers {covered} of the {count} tensors that can use it.",
            len(users),
            file=name,
            covered=len(covered),
        ),
        _without(missing) if missing else "",
    )


def _without(missing: list[str]) -> Text:
    names, more = ", ".join(missing[:3]), len(missing) - 3
    if more <= 0:
        return text("Not covered: {names}.", names=names)
    return counted(
        "Not covered: {names}, and {count} more.", "Not covered: {names}, and {count} more.", more, names=names
    )
