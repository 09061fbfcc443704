"""What is to be said about an importance matrix, and where one is missing."""

from collections.abc import Iterator

from app.core.findings import Finding, note, stop, warning
from app.core.ggml_types import TENSOR_TYPES, Importance, types_by_importance
from app.core.model.imatrix import Imatrix, needed_count
from app.core.plan.conversion_plan import PlannedTensor

HOW_TO_MAKE = "llama-imatrix makes one from a GGUF file of this model and a text"


def imatrix_findings(tensors: tuple[PlannedTensor, ...], imatrix: Imatrix | None) -> Iterator[Finding]:
    """How many tensors it covers, which it contradicts, which cannot be without."""
    users = [tensor for tensor in tensors if uses_importance(tensor)]
    wrong = [tensor for tensor in users if imatrix and imatrix.contradicts(tensor.name, tensor.shape)]
    if imatrix and wrong:
        yield _wrong_length(imatrix, wrong)
    needing = types_by_importance(Importance.NEEDED)
    needy = [tensor for tensor in users if tensor.type in needing and not tensor.importance]
    if needy and not wrong:
        yield _needed(needy, imatrix)
    if imatrix and not wrong:
        yield _coverage(imatrix, users)


def uses_importance(tensor: PlannedTensor) -> bool:
    """Whether the blocks of a tensor are chosen by importance, if there is any."""
    if TENSOR_TYPES[tensor.type].importance is Importance.UNUSED or not tensor.sources:
        return False
    return not tensor.keeps_codes


def _wrong_length(imatrix: Imatrix, tensors: list[PlannedTensor]) -> Finding:
    first, more = tensors[0], f", and the same for {len(tensors) - 1} more" if len(tensors) > 1 else ""
    return stop(
        "imatrix-of-another-shape",
        f"{imatrix.file.path.name} has {imatrix.by_name[first.name].value_count:,} numbers for {first.name}, "
        f"which needs {needed_count(first.shape):,}{more}.",
        "It was made for a model of other sizes.",
        f"Convert without it, or take the one that belongs to this model. {HOW_TO_MAKE}.",
        first.name,
    )


def _needed(tensors: list[PlannedTensor], imatrix: Imatrix | None) -> Finding:
    first, more = tensors[0], f", and so do {len(tensors) - 1} more tensors" if len(tensors) > 1 else ""
    return stop(
        "importance-needed",
        f"{first.name} as {first.type.name} needs an importance matrix{more}.",
        f"{imatrix.file.path.name} has no numbers for it."
        if imatrix
        else "Blocks that small are of no use without one.",
        f"Choose another type. {HOW_TO_MAKE}.",
        first.name,
    )


def _coverage(imatrix: Imatrix, users: list[PlannedTensor]) -> Finding:
    name = imatrix.file.path.name
    covered = [tensor for tensor in users if tensor.importance]
    if not users:
        return note(
            "imatrix", f"{name} is not used.", "No tensor gets a type that an importance matrix could make better."
        )
    if not covered:
        return warning(
            "imatrix-of-another-model",
            f"{name} covers none of the {len(users)} tensors that could use it.",
            "It names other tensors: it belongs to another kind of model.",
            f"Take the one that belongs to this model. {HOW_TO_MAKE}.",
        )
    missing = [tensor.name for tensor in users if not tensor.importance]
    others = f", and {len(missing) - 3} more" if len(missing) > 3 else ""
    return note(
        "imatrix",
        f"{name} covers {len(covered)} of the {len(users)} tensors that can use it.",
        f"Without it are {', '.join(missing[:3])}{others}." if missing else "",
    )
