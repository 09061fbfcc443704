"""What a person names: a model, an adapter whose base is found, or a model and adapters beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.core.adapter import Adapter, find_base, find_model, holds_adapter_only, read_adapter
from app.core.adapter.files import adapter_file, numbered_files
from app.core.checkpoint import Checkpoint, open_checkpoint
from app.core.checkpoint.adapter_names import SAVED_ON_THE_WAY
from app.core.display_name import display_name
from app.core.errors import CheckpointError
from app.core.findings import Finding, info
from app.core.model.adapted import Applied
from app.core.remedies import AddAdapter
from app.core.text import Text, counted, text

MOST_NAMES = 10  # of base models on a card: a merge names several


@dataclass(frozen=True)
class AdapterChoice:
    """An adapter's folder or file, and by how much it counts."""

    path: Path
    strength: float = 1.0


class BaseNotFoundError(CheckpointError):
    """An adapter was named, and the model it was trained on is not on this Mac, or nothing says which one it is."""

    def __init__(self, adapter: Path, base: str) -> None:
        super().__init__(
            text("The model that this adapter was trained on is not on this Mac: {model}.", model=base)
            if base
            else text("adapter_config.json does not say which model this adapter was trained on."),
            text("Get that model, then open it together with the adapter."),
        )
        self.adapter, self.base = adapter, base

    def __reduce__(self) -> tuple[type[CheckpointError], tuple[Any, ...]]:
        return type(self), (self.adapter, self.base)


def open_fine_tune(path: Path, choices: Sequence[AdapterChoice] = ()) -> tuple[Checkpoint, tuple[Applied, ...]]:
    """The model at `path` with the adapters; where `path` is an adapter, its base. Raises CheckpointError."""
    applied = tuple(Applied(read_adapter(one.path), one.strength) for one in choices)
    base = path
    if holds_adapter_only(path):
        adapter = read_adapter(path)
        base, applied = _base_of(adapter), (Applied(adapter), *applied)
    checkpoint = open_checkpoint(base)
    added = {AddAdapter(str(one.adapter.file.path)) for one in applied}
    findings = tuple(one for one in checkpoint.findings if not added & set(one.remedies))  # one is added now
    original = _original_of(checkpoint) if applied else None
    if original is not None:
        findings += (_offered(original),)
    name = "-".join([checkpoint.name, *(display_name(one.adapter.folder) for one in applied)])
    return replace(checkpoint, name=name, findings=findings), applied


def open_adapter(path: Path, base: Path | None = None) -> tuple[Checkpoint, Applied]:
    """An adapter and the model that it was trained on: `base`, or the one that is found. Raises CheckpointError."""
    adapter = read_adapter(path)
    return open_checkpoint(_base_of(adapter) if base is None else base), Applied(adapter)


def place_beside(path: Path, base: Path | None = None) -> Path | None:
    """The folder in which files of an adapter's model are written unless another is chosen.

    None for a model, and for an adapter that lies in its base's folder: nothing is written there.
    """
    if not holds_adapter_only(path):
        return None
    folder = path.absolute()
    place = (folder.parent if folder.is_file() else folder).parent
    return None if base is not None and place.is_relative_to(base) else place


def training_states(adapter: Adapter) -> tuple[Path, ...]:
    """The files in an adapter's folder of which each is one state of its training, the last one first."""
    folder, numbered = adapter.folder, numbered_files(adapter.folder)
    last = adapter_file(folder)
    return (*([last] if last is not None and last not in numbered else []), *reversed(numbered))


def state_in_words(file: Path) -> Text:
    """'after 100 iterations' for one that was saved on the way."""
    found = SAVED_ON_THE_WAY.fullmatch(file.name)
    if found is None:
        return text("at the end of training")
    return counted("after {count:,} iteration", "after {count:,} iterations", int(found[1]))


def _original_of(checkpoint: Checkpoint) -> Path | None:
    """The model that a quantized one was made of, where its card names one that is on this Mac and is not packed."""
    if checkpoint.quantization is None:
        return None
    card = checkpoint.model_card.get("base_model")
    names = [name for name in (card if isinstance(card, list) else [card]) if isinstance(name, str) and name]
    places = (find_model(name, checkpoint.folder) for name in names[:MOST_NAMES])
    return next((place for place in places if place is not None and _is_unpacked(place, checkpoint.model_type)), None)


def _is_unpacked(folder: Path, model_type: str | None) -> bool:
    try:
        original = open_checkpoint(folder)
    except CheckpointError:
        return False
    return original.is_complete and original.quantization is None and original.model_type == model_type


def _offered(original: Path) -> Finding:
    return info(
        "unquantized-original",
        text("The model is quantized, and the one that it was made of is on this Mac: {folder}.", folder=original),
        text(
            "With that one all weights keep what quantizing has cost here. The adapter was trained beside the "
            "quantized ones, and usually does as well beside these."
        ),
        text("To use it, open that folder together with the adapter."),
        str(original),
    )


def _base_of(adapter: Adapter) -> Path:
    base = find_base(adapter)
    if base is None:
        raise BaseNotFoundError(adapter.file.path, adapter.base)
    return base
