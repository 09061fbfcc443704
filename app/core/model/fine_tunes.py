"""What a person names: a model, an adapter whose base is found, or a model and adapters beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.adapter import Adapter, find_base, holds_adapter_only, read_adapter
from app.core.checkpoint import Checkpoint, open_checkpoint
from app.core.checkpoint.folder import display_name
from app.core.errors import CheckpointError
from app.core.model.adapted import Applied
from app.core.text import text


@dataclass(frozen=True)
class AdapterChoice:
    """An adapter's folder or file, and by how much it counts."""

    path: Path
    strength: float = 1.0


def open_fine_tune(path: Path, choices: Sequence[AdapterChoice] = ()) -> tuple[Checkpoint, tuple[Applied, ...]]:
    """The model at `path` with the adapters; where `path` is an adapter, its base. Raises CheckpointError."""
    applied = tuple(Applied(read_adapter(one.path), one.strength) for one in choices)
    base = path
    if holds_adapter_only(path):
        adapter = read_adapter(path)
        base, applied = _base_of(adapter), (Applied(adapter), *applied)
    checkpoint = open_checkpoint(base)
    name = "-".join([checkpoint.name, *(display_name(one.adapter.folder) for one in applied)])
    return replace(checkpoint, name=name), applied


def open_adapter(path: Path, base: Path | None = None) -> tuple[Checkpoint, Applied]:
    """An adapter and the model that it was trained on: `base`, or the one that is found. Raises CheckpointError."""
    adapter = read_adapter(path)
    return open_checkpoint(_base_of(adapter) if base is None else base), Applied(adapter)


def place_beside(path: Path) -> Path | None:
    """The folder in which files of an adapter's model are written unless another is chosen; None for a model."""
    if not holds_adapter_only(path):
        return None
    folder = path.absolute()
    return (folder.parent if folder.is_file() else folder).parent


def _base_of(adapter: Adapter) -> Path:
    base = find_base(adapter)
    if base is not None:
        return base
    raise CheckpointError(
        text("The model that this adapter was trained on is not on this Mac: {model}.", model=adapter.base)
        if adapter.base
        else text("adapter_config.json does not say which model this adapter was trained on."),
        text("Get that model, then open it together with the adapter."),
    )
