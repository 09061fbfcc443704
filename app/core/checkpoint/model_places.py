"""Where programs keep models on this Mac: the cache of the Hugging Face hub, LM Studio, ModelScope.

LM Studio: lmstudio-js packages/lms-common-server, findLMStudioHome, and lms src/subcommands/importCmd.ts,
resolveModelsFolderPath (05bced0), which asks the settings; they lie in LM Studio's home, or before that in the
system's folder for such.
"""

import os
import sys
from pathlib import Path

from app.core.checkpoint.folder import open_regular
from app.core.checkpoint.json_files import UnreadableJsonError, parse_object

LIMIT_BYTES = 1 << 20
SETTINGS, MODELS_KEY = "settings.json", "downloadsFolder"


def hub_cache() -> Path:
    """The folder of models--ORG--NAME (huggingface_hub constants.py); it need not exist."""
    caches = _from_environment("XDG_CACHE_HOME") or _home() / ".cache"
    home = _from_environment("HF_HOME") or caches / "huggingface"
    return _from_environment("HF_HUB_CACHE") or home / "hub"


def modelscope_cache() -> Path:
    """The folder of ORG/NAME, which mlx-lm loads from when MLXLM_USE_MODELSCOPE is set; it need not exist."""
    return (_from_environment("MODELSCOPE_CACHE") or _home() / ".cache" / "modelscope" / "hub") / "models"


def lm_studio_home() -> Path:
    """LM Studio's own folder: the one its pointer names, that of earlier versions, or the usual one."""
    try:
        pointed = _read(_home() / ".lmstudio-home-pointer").decode().strip()
    except (OSError, ValueError):
        pointed = ""
    if pointed and "\0" not in pointed:
        return Path(pointed)
    before = _home() / ".cache" / "lm-studio"
    return before if _is_folder(before) else _home() / ".lmstudio"


def lm_studio_models() -> Path:
    """The folder of PUBLISHER/MODEL/FILE: the one that LM Studio's settings name, or the usual one."""
    for folder in (lm_studio_home(), _settings_before()):
        try:
            chosen = parse_object(_read(folder / SETTINGS)).get(MODELS_KEY)
        except (OSError, UnreadableJsonError):
            continue
        if isinstance(chosen, str) and Path(chosen).is_absolute() and "\0" not in chosen:
            return Path(chosen)
    return lm_studio_home() / "models"


def lm_studio_folders() -> tuple[Path, ...]:
    """All folders that LM Studio may have put models in: its present one, and the usual ones of its versions."""
    usual = (_home() / ".lmstudio" / "models", _home() / ".cache" / "lm-studio" / "models")
    return tuple(dict.fromkeys((lm_studio_models(), *usual)))


def has_lm_studio() -> bool:
    """Whether LM Studio has ever run here."""
    return _is_folder(lm_studio_home()) or _is_folder(_settings_before())


def _settings_before() -> Path:
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "LM Studio"
    return (_from_environment("XDG_CONFIG_HOME") or _home() / ".config") / "LM Studio"


def _read(path: Path) -> bytes:
    """A file of the user's own, a link too: many keep their settings elsewhere. Raises OSError."""
    with open_regular(path) as file:
        return file.read(LIMIT_BYTES)


def _from_environment(name: str) -> Path | None:
    """As huggingface_hub reads it, with ~ for the home."""
    given = os.environ.get(name)
    if not given:
        return None
    return _home() / given[2:] if given.startswith("~/") else Path(given)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # in a home that may not be entered
        return False


def _home() -> Path:
    """An absolute path, also where there is no home."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")
