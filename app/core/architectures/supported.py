"""What can be converted, as a table that every front and the documentation show."""

from app.core.architectures.families import every_family
from app.core.text import text

TITLES = (
    text("Family"),
    text("Model types"),
    "GGUF",
    text("llama.cpp's head"),
    text("mlx-lm's head"),
    text("Published layout"),
)


def supported_models() -> list[tuple[str, ...]]:
    """One row for each family, by name, under `TITLES`."""
    rows = (
        (
            family.name,
            ", ".join(sorted(family.model_types)),
            family.gguf,
            family.head.llama_cpp.value,
            family.head.mlx.value,
            text("yes") if family.converts_huggingface else text("no"),
        )
        for family in every_family()
    )
    return sorted(rows, key=lambda row: (row[0].casefold(), row))
