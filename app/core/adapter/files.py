"""Which file of a folder holds an adapter."""

from pathlib import Path

from app.core.checkpoint.adapter_names import READ, SAVED_ON_THE_WAY, SETTINGS

CHECKPOINT = "weights.safetensors"  # mlx-vlm trainer/common/model.py, _read_checkpoint: with its settings beside it


def adapter_file(path: Path) -> Path | None:
    """The file that `path` means: itself, or the last state of training in the folder; None where there is none."""
    if is_adapter_file(path):
        return path
    whole = next((path / name for name in READ if (path / name).is_file()), None)
    return whole or _checkpoint(path) or next(iter(reversed(numbered_files(path))), None)


def _checkpoint(folder: Path) -> Path | None:
    found = folder / CHECKPOINT
    return found if found.is_file() and (folder / SETTINGS).is_file() else None


def numbered_files(folder: Path) -> list[Path]:
    """Earlier states of training, the oldest first."""
    return sorted(path for path in folder.glob("*_adapters.safetensors") if SAVED_ON_THE_WAY.fullmatch(path.name))


def is_adapter_file(path: Path) -> bool:
    """Whether the path is that of an adapter's own file; the disk is asked only where the name leaves it open."""
    if path.name == CHECKPOINT:
        return path == _checkpoint(path.parent)
    return path.name in READ or SAVED_ON_THE_WAY.fullmatch(path.name) is not None


def holds_adapter_only(path: Path) -> bool:
    """Whether a path is an adapter's file, or a folder with an adapter and no model."""
    try:
        if path.is_file():
            return is_adapter_file(path)
        weights = any(path.glob("model*.safetensors"))
        return not weights and adapter_file(path) is not None
    except (OSError, ValueError):  # may not be looked at: whoever opens it says why
        return False
