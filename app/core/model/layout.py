"""Did mlx-lm arrange the tensors of a folder, or are they as published? Tensors and header tell; nobody guesses."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.architectures import Architecture, Layout
from app.core.checkpoint import Checkpoint
from app.core.findings import Finding, note
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.source_tensors import canonical_name

WHO = {Layout.MLX: "as mlx-lm saves them", Layout.HUGGING_FACE: "as published (Hugging Face layout)"}


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
    layout, reason = (choice, "you said so") if choice is not None else (evidence.layout, evidence.reason)
    if not evidence.matters:
        return layout, ()
    return layout, (
        note(
            "layout",
            f"The tensors are arranged {WHO[layout]}: {reason}.",
            f"The two layouts of {family.name} differ, and what is done to the tensors follows from it.",
            "If this is wrong, choose the layout yourself.",
        ),
    )


def _by_evidence(checkpoint: Checkpoint, family: Architecture, differing: list[ExpectedTensor]) -> tuple[Layout, str]:
    for tensor in checkpoint.tensors:
        if family.marker and tensor.name.endswith(family.marker) and len(tensor.shape) > 1:
            layout = Layout.MLX if tensor.shape[-1] == 1 else Layout.HUGGING_FACE
            return layout, f"{tensor.name} is {' × '.join(map(str, tensor.shape))}"
    names = {canonical_name(family, tensor.name) for tensor in checkpoint.tensors}
    for layout in Layout:
        found = next((name for one in differing for name in one.source_names(layout) if name in names), None)
        if found:
            return layout, f"there is {found}"
    if checkpoint.saved_by_mlx:
        return Layout.MLX, "the header of the weights says that MLX wrote them"
    return Layout.HUGGING_FACE, "the header of the weights does not name MLX"
