"""What can be converted, as a table that every front and the documentation show."""

from app.core.architectures.families import ARCHITECTURES

TITLES = ("Family", "Model types", "GGUF", "llama.cpp's head", "mlx-lm's head", "Published layout")


def supported_models() -> list[tuple[str, ...]]:
    """One row for each family, by name, under `TITLES`."""
    rows = (
        (
            family.name,
            ", ".join(sorted(family.model_types)),
            family.gguf,
            family.head.value,
            family.mlx_head.value,
            "yes" if family.converts_huggingface else "no",
        )
        for family in ARCHITECTURES
    )
    return sorted(rows, key=lambda row: (row[0].casefold(), row))
