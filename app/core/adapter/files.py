"""Which file of a folder holds an adapter."""

import re
from pathlib import Path

CONFIG = "adapter_config.json"
NAMES = ("adapters.safetensors", "adapter_model.safetensors")  # mlx-lm and mlx-vlm; PEFT
CHECKPOINT = "weights.safetensors"  # mlx-vlm trainer/common/model.py, _read_checkpoint: with its settings beside it
NUMBERED = re.compile(r"(\d{7})_adapters\.safetensors$")  # mlx-lm tuner/trainer.py: one every save_every iterations


def adapter_file(path: Path) -> Path | None:
    """The file that `path` means: itself, or the last state of training in the folder; None where there is none."""
    if is_adapter_file(path):
        return path
    whole = next((path / name for name in NAMES if (path / name).is_file()), None)
    return whole or _checkpoint(path) or next(iter(reversed(numbered_files(path))), None)


def _checkpoint(folder: Path) -> Path | None:
    found = folder / CHECKPOINT
    return found if found.is_file() and (folder / CONFIG).is_file() else None


def numbered_files(folder: Path) -> list[Path]:
    """Earlier states of training, the oldest first."""
    return sorted(path for path in folder.glob("*_adapters.safetensors") if NUMBERED.search(path.name))


def is_adapter_file(path: Path) -> bool:
    """Whether the path is that of an adapter's own file."""
    return path.name in NAMES or NUMBERED.search(path.name) is not None or path == _checkpoint(path.parent)


def holds_adapter_only(path: Path) -> bool:
    """Whether a path is an adapter's file, or a folder with an adapter and no model."""
    try:
        if path.is_file():
            return is_adapter_file(path)
        weights = any(path.glob("model*.safetensors"))
        return not weights and adapter_file(path) is not None
    except (OSError, ValueError):  # may not be looked at: whoever opens it says why
        return False
