"""Did mlx-lm arrange the tensors of a folder, or are they as published? Tensors and header tell; nobody guesses."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.architectures import Architecture, Layout, TensorRule
from app.core.checkpoint import Checkpoint
from app.core.findings import Finding, info
from app.core.human_text import shape_in_words
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.source_tensors import SourceTensors
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
    expected = tuple(expected)
    differing = [one for one in expected if one.rule.by_mlx.names != one.rule.published.names]
    is_read_as_published = any(_has_two_meanings(one.rule) for one in expected)
    layouts = tuple(Layout)[:: -1 if is_read_as_published else 1]
    layout, reason = _by_marker(checkpoint, family) or _by_names(checkpoint, family, differing, layouts)
    return Evidence(layout, reason, bool((differing or family.marker) and checkpoint.tensors))


def _has_two_meanings(rule: TensorRule) -> bool:
    """Whether one name stands for other values in the other layout: mlx-lm's models/step3p5.py takes such tensors for
    published ones as soon as any name is a published one.
    """
    return rule.by_mlx.names == rule.published.names and rule.by_mlx.change != rule.published.change


def layout_findings(
    family: Architecture, evidence: Evidence, choice: Layout | None, sources: SourceTensors
) -> tuple[Finding, ...]:
    """About the layout, where it matters: the user's word, or else the evidence, and what is in the other one."""
    layout, reason = sources.layout, evidence.reason if choice is None else text("you chose this layout")
    if not evidence.matters:
        return ()
    other = next((held.named[0] for held in sources.found.values() if not held.is_usual), None)
    return (
        info(
            "layout",
            text("The tensors are arranged as mlx-lm saves them: {reason}.", reason=reason)
            if layout is Layout.MLX
            else text("The tensors are arranged as published (Hugging Face layout): {reason}.", reason=reason),
            text(
                "The two layouts of {family} differ, and so does what has to be done to the tensors.",
                family=family.name,
            )
            if other is None
            else text(
                "The two layouts of {family} differ. {tensor} is arranged otherwise, and is read as its name says.",
                family=family.name,
                tensor=other.name,
            ),
            text("If this is wrong, choose the other layout."),
            remedies=tuple(ChooseLayout(one) for one in Layout if one is not layout),
        ),
    )


def _by_marker(checkpoint: Checkpoint, family: Architecture) -> tuple[Layout, Text] | None:
    """One tensor as published is enough for mlx-lm, as in models/qwen3_5.py."""
    found = [t for t in checkpoint.tensors if family.marker and t.name.endswith(family.marker) and len(t.shape) > 1]
    if not found:
        return None
    tensor = next((tensor for tensor in found if tensor.shape[-1] != 1), found[0])
    layout = Layout.MLX if tensor.shape[-1] == 1 else Layout.HUGGING_FACE
    return layout, text("{tensor} is {shape}", tensor=tensor.name, shape=shape_in_words(tensor.shape))


def _by_names(
    checkpoint: Checkpoint, family: Architecture, differing: list[ExpectedTensor], layouts: tuple[Layout, ...]
) -> tuple[Layout, Text]:
    names = {canonical_name(family, tensor.name) for tensor in checkpoint.tensors}
    for layout in layouts:
        found = next((name for one in differing for name in one.form(layout).names if name in names), None)
        if found:
            return layout, text("there is {tensor}", tensor=found)
    if checkpoint.saved_by_mlx:
        return Layout.MLX, text("the header of the weights says that MLX wrote them")
    return Layout.HUGGING_FACE, text("the header of the weights does not name MLX")
