"""Did mlx-lm arrange the tensors of a folder, or are they as published? Tensors and header tell; nobody guesses."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.architectures import Architecture, Layout
from app.core.checkpoint import Checkpoint
from app.core.findings import Finding, info
from app.core.human_text import shape_in_words
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor
from app.core.remedies import ChooseLayout
from app.core.text import Text, text


@dataclass(frozen=True)
class Evidence:
    """Who arranged the tensors, and what tells so. `matters` is false where the family's two layouts are the same."""

    layout: Layout
    reason: str
    matters: bool


def layout_evidence(checkpoint: Checkpoint, family: Architecture, expected: Iterable[ExpectedTensor]) -> Evidence:
    """What the folder tells."""
    differing = [one for one in expected if one.source_names(Layout.MLX) != one.source_names(Layout.HUGGING_FACE)]
    layout, reason = _by_evidence(checkpoint, family, differing)
    return Evidence(layout, reason, bool((differing or family.marker) and checkpoint.tensors))


def decide_layout(
    family: Architecture, evidence: Evidence, choice: Layout | None
) -> tuple[Layout, tuple[Finding, ...]]:
    """The user's word, or else the evidence; and a finding about it where it matters."""
    layout, reason = (
        (choice, text("you chose this layout")) if choice is not None else (evidence.layout, evidence.reason)
    )
    if not evidence.matters:
        return layout, ()
    return layout, (
        info(
            "layout",
            text("The tensors are arranged as mlx-lm saves them: {reason}.", reason=reason)
            if layout is Layout.MLX
            else text("The tensors are arranged as published (Hugging Face layout): {reason}.", reason=reason),
            text(
                "The two layouts of {family} differ, and so does what has to be done to the tensors.",
                family=family.name,
            ),
            text("If this is wrong, choose the other layout."),
            remedies=tuple(ChooseLayout(other) for other in Layout if other is not layout),
        ),
    )


def _by_evidence(checkpoint: Checkpoint, family: Architecture, differing: list[ExpectedTensor]) -> tuple[Layout, Text]:
    for tensor in checkpoint.tensors:
        if family.marker and tensor.name.endswith(family.marker) and len(tensor.shape) > 1:
            layout = Layout.MLX if tensor.shape[-1] == 1 else Layout.HUGGING_FACE
            return layout, text("{tensor} is {shape}", tensor=tensor.name, shape=shape_in_words(tensor.shape))
    names = {canonical_name(family, tensor.name) for tensor in checkpoint.tensors}
    for layout in Layout:
        found = next((name for one in differing for name in one.source_names(layout) if name in names), None)
        if found:
            return layout, text("there is {tensor}", tensor=found)
    if checkpoint.saved_by_mlx:
        return Layout.MLX, text("the header of the weights says that MLX wrote them")
    return Layout.HUGGING_FACE, text("the header of the weights does not name MLX")
