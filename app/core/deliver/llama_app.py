"""An entry in Llama.app's models.user.ini, which names a file where it lies; nothing is copied.

Read by Llama.app (UserModelOverrides.swift) and then by llama-server as a preset (llama.cpp common/preset.cpp).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from app.core.convert.part_file import write_text
from app.core.deliver.model_file import ModelFile
from app.core.deliver.presets import Presets
from app.core.errors import DeliveryError, TakenNameError
from app.core.system_reasons import system_reason
from app.core.text import text

OWNER = "me"
LONGEST_FILE = 1 << 22  # bytes; this one is written by hand


@dataclass(frozen=True)
class InLlamaApp:
    """The section that names the model. `is_new`: false where it was there already, just so."""

    settings: Path
    name: str
    is_new: bool


def llama_app_settings() -> Path:
    """UserModelOverrides.swift, configDir: never anywhere else."""
    return Path.home() / ".config" / "llama" / "models.user.ini"


def usual_section(file: ModelFile) -> str:
    """my-model-Q4_K_M.gguf → me/my-model:Q4_K_M."""
    name = re.sub(r"[^\w.-]+", "-", file.name).strip("-.") or "model"
    return f"{OWNER}/{name}:{file.type_name}" if file.type_name else f"{OWNER}/{name}"


def add_to_llama_app(file: ModelFile, name: str = "", overwrite: bool = False) -> InLlamaApp:
    """Name the file in the settings; every other line of them stays. Raises DeliveryError, TargetError."""
    section, path, settings = _checked_section(name or usual_section(file)), _checked(file.first), llama_app_settings()
    end = Path(os.path.realpath(settings))  # a link into somebody's collection of settings stays one
    presets = Presets(_read(end))
    there = presets.value(section)
    if there == path:
        return InLlamaApp(settings, section, False)
    if there is not None and not overwrite:
        raise TakenNameError(
            text("Llama already has a model named {name}.", name=section),
            text("Choose another name, or allow it to be replaced."),
        )
    presets.set(section, path)
    _write(end, presets.text())
    return InLlamaApp(settings, section, True)


def _checked_section(name: str) -> str:
    if re.fullmatch(r"[\w.:/+-][\w.:/+ -]*(?<! )", name):
        return name
    raise DeliveryError(
        text("{name!r:.80} cannot be the name of a model in Llama's settings.", name=name),
        text("Use letters, digits, dots, dashes and underscores, such as me/my-model:Q4_K_M."),
    )


def _checked(path: Path) -> str:
    """The path as a value: llama.cpp ends it before a ; or #, and takes spaces at its ends away."""
    said = str(path)
    if said.isprintable() and not re.search(r"[;#]|\s$", said):
        return said
    raise DeliveryError(
        text("Llama's settings cannot hold the path {path}.", path=path),
        text("Move or rename the file so that its path has no ; and no #."),
    )


def _read(path: Path) -> str:
    reason: str
    try:
        with path.open("rb") as stream:
            content = stream.read(LONGEST_FILE + 1)
        if len(content) <= LONGEST_FILE:
            return content.decode()
        reason = text("it is too large")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        reason = text("it is not UTF-8 text")
    except OSError as error:
        reason = system_reason(error)
    raise DeliveryError(
        text("{file} cannot be read: {reason}.", file=path, reason=reason),
        text("Correct the file, or move it away; Llama cannot read it either."),
    )


def _write(path: Path, content: str) -> None:
    """All of it or nothing, with the permissions that it has."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode if path.exists() else None
        write_text(path, content)
        if mode is not None:
            path.chmod(mode & 0o7777)
    except OSError as error:
        raise DeliveryError(
            text("{file} cannot be written: {reason}.", file=path, reason=system_reason(error)),
            text("Check the permissions of the folder."),
        ) from error
