"""Why an adapter cannot be a file of its own, and what can be done instead."""

from collections.abc import Sequence

from app.core.findings import Finding, blocker
from app.core.text import Text, counted, text

INSTEAD = text("Convert the model together with its adapter: the changes are then part of the model's own GGUF file.")


HOLDS = text("A GGUF adapter holds only LoRA matrices, which are added to the base model's weights.")


def _names(tensors: Sequence[str]) -> str:
    return ", ".join(tensors[:3]) + (", …" if len(tensors) > 3 else "")


def whole_weights(tensors: Sequence[str]) -> Finding:
    """A full fine-tune, or modules that were saved whole."""
    return blocker(
        "adapter-is-full",
        counted(
            "{count:,} tensor was trained in full: {names}.",
            "{count:,} tensors were trained in full: {names}.",
            len(tensors),
            names=_names(tensors),
        ),
        HOLDS,
        INSTEAD,
        tensors[0],
    )


def not_low_rank(tensors: Sequence[str], reason: Text | str) -> Finding:
    """DoRA, or a change between folder and file that is no move of rows or columns."""
    return blocker(
        "adapter-is-not-low-rank",
        counted(
            "The change of {count:,} tensor cannot be written as LoRA, because {reason}: {names}.",
            "The changes of {count:,} tensors cannot be written as LoRA, because {reason}: {names}.",
            len(tensors),
            reason=reason,
            names=_names(tensors),
        ),
        HOLDS,
        INSTEAD,
        tensors[0],
    )


def not_applied(graph: str, tensors: Sequence[str]) -> Finding:
    """Tensors that the graph multiplies without looking for an adapter."""
    return blocker(
        "adapter-not-applied",
        counted(
            "llama.cpp would not apply the change of {count:,} tensor: {names}.",
            "llama.cpp would not apply the changes of {count:,} tensors: {names}.",
            len(tensors),
            names=_names(tensors),
        ),
        text("For {graph} models it multiplies by these weights without looking for an adapter.", graph=graph),
        INSTEAD,
        tensors[0],
    )


def tied_embedding(tensor: str) -> Finding:
    """llama.cpp aborts: GGML_ASSERT(ggml_can_mul_mat(a, b)), for the output is the same tensor under the same name."""
    return blocker(
        "adapter-of-tied-embedding",
        text("The adapter changes the embedding, which this model also uses as its output matrix."),
        text("llama.cpp would abort at the first token: it cannot apply an adapter to both uses of one matrix."),
        INSTEAD,
        tensor,
    )


def changes_nothing() -> Finding:
    """No tensor of the file is changed."""
    return blocker(
        "adapter-changes-nothing",
        text("The adapter changes no tensor of the GGUF file."),
        text("The adapter file would be empty."),
        text("Convert the model without it."),
    )
