"""A file that was chosen in the place of a model folder, and lies in none."""

from pathlib import Path

from app.core.checkpoint.other_formats import format_of
from app.core.errors import CheckpointError
from app.core.text import text


def refuse_foreign_file(path: Path) -> None:
    """Raises CheckpointError for an archive or another format's file; beside a config.json it stands for its folder."""
    if not path.is_file() or (path.parent / "config.json").exists() or path.suffix == ".safetensors":
        return
    kind = format_of([path.name])
    if kind is not None:
        raise CheckpointError(
            text("{file} is not a model folder: it is {kind}.", file=path.name, kind=kind[1].kind), kind[1].advice
        )
