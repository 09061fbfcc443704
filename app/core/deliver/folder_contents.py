"""What one folder holds, by its names and its config.json: a model, an adapter, GGUF files, or half of a download."""

import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any

from app.core.adapter.adapter_values import Dialect
from app.core.adapter.read import BASE_OF
from app.core.checkpoint.adapter_names import READ, SAVED_ON_THE_WAY, SETTINGS
from app.core.checkpoint.folder_json import CONFIG
from app.core.checkpoint.json_files import UnreadableJsonError, read_object
from app.core.checkpoint.quantization import quantization_settings
from app.core.checkpoint.shard_index import INDEX, is_complete_save, series_of
from app.core.checkpoint.text_config import text_settings

MOST_ENTRIES = 5_000  # of one folder
CONFIG_BYTES = 4 << 20  # the largest have a setting for each of some thousand modules
BITS_OF = {"bfloat16": 16, "float16": 16, "float32": 32}
# Of LM Studio (lmstudio-bug-tracker#1477: downloading_NAME.part, #2291: NAME.part), and of huggingface_hub's
# file_download.py
UNFINISHED = (".part", ".incomplete")
DOWNLOADS = Path(".cache", "huggingface", "download")  # of huggingface_hub, in a folder chosen with --local-dir


class Kind(Enum):
    """What may be converted."""

    MODEL = "model"
    ADAPTER = "adapter"


@dataclass(frozen=True)
class FolderContents:
    """`bits` of most weights, None where config.json does not say; `base` is what an adapter says it was trained on."""

    kind: Kind
    model_type: str
    bits: int | None
    byte_count: int
    is_complete: bool
    base: str = ""


def entries_of(folder: Path) -> dict[str, os.DirEntry[str]]:
    """By name; none where the folder cannot be read."""
    try:
        with os.scandir(folder) as found:
            return {entry.name: entry for entry in islice(found, MOST_ENTRIES)}
    except OSError:
        return {}


def contents_of(
    folder: Path, entries: Mapping[str, os.DirEntry[str]], is_loading: bool = False
) -> FolderContents | None:
    """None for a folder that holds neither, or whose settings cannot be read. `is_loading`: a download has begun."""
    config = _settings(folder / CONFIG) if CONFIG in entries else {}
    if not isinstance(model_type := config.get("model_type"), str):
        return _adapter(folder, entries)
    sizes = {name: _size(entry) for name, entry in entries.items() if _is_weight(name)}
    there = {name: size for name, size in sizes.items() if size is not None}
    if not there and not (is_loading or INDEX in entries or _is_loading(folder, entries)):
        return _adapter(folder, entries)
    return FolderContents(Kind.MODEL, model_type, _bits(config), sum(there.values()), _is_complete(list(there)))


def _adapter(folder: Path, entries: Mapping[str, os.DirEntry[str]]) -> FolderContents | None:
    names = [name for name in entries if name in READ or SAVED_ON_THE_WAY.fullmatch(name)]
    settings = _settings(folder / SETTINGS) if names and SETTINGS in entries else {}
    if not settings:
        return None
    base = next((one for one in map(settings.get, BASE_OF[Dialect.MLX]) if isinstance(one, str)), "")
    last = next((name for name in READ if name in names), max(names))
    return FolderContents(Kind.ADAPTER, "", None, _size(entries[last]) or 0, True, base)


def _settings(path: Path) -> dict[str, Any]:
    """Empty where they cannot be read."""
    try:
        return read_object(path, CONFIG_BYTES)
    except (OSError, UnreadableJsonError):
        return {}


def _is_weight(name: str) -> bool:
    """As mlx-lm utils.py, load_model, looks for them."""
    return name.startswith("model") and name.endswith(".safetensors")


def _size(entry: os.DirEntry[str]) -> int | None:
    """Through a link; None where it leads nowhere."""
    try:
        return entry.stat().st_size
    except OSError:
        return None


def _is_complete(names: list[str]) -> bool:
    """Whether all files of some save are there. That is read off their names: an index may have megabytes."""
    saves: defaultdict[tuple[str, int] | None, list[str]] = defaultdict(list)
    for name in names:
        saves[series_of(name)].append(name)
    return any(series is None or is_complete_save(files) for series, files in saves.items())


def _is_loading(folder: Path, entries: Mapping[str, os.DirEntry[str]]) -> bool:
    beside = entries_of(folder / DOWNLOADS) if DOWNLOADS.parts[0] in entries else {}
    return is_unfinished(entries) or is_unfinished(beside)


def is_unfinished(entries: Mapping[str, os.DirEntry[str]]) -> bool:
    """Whether a download has left half of a file there."""
    return any(name.endswith(UNFINISHED) for name in entries)


def _bits(config: Mapping[str, Any]) -> int | None:
    try:
        settings = quantization_settings(config)
    except ValueError:
        return None
    if settings is not None:
        known = Counter(one.bits for one in settings.exceptions.values() if one is not None)
        return settings.default.bits if settings.default else next((bits for bits, _ in known.most_common(1)), None)
    flat = text_settings(config)
    others = flat.get("quantization_config")
    if isinstance(others, dict):  # another tool's
        return bits if isinstance(bits := others.get("bits"), int) else None
    return BITS_OF.get(str(flat.get("dtype") or flat.get("torch_dtype")))
