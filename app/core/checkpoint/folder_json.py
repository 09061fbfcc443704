"""The folder's own JSON files: the one that must be there, and those that may be missing."""

from pathlib import Path
from typing import Any

from app.core.checkpoint.json_files import UnreadableJsonError, read_object
from app.core.findings import Finding, stop, warning

CONFIG = "config.json"


def required_config(folder: Path, findings: list[Finding]) -> dict[str, Any]:
    """config.json, or an empty dict and a finding that stops."""
    try:
        config = read_object(folder / CONFIG)
    except FileNotFoundError:
        findings.append(
            stop(
                "missing-config",
                f"There is no {CONFIG} in this folder.",
                "It says what kind of model this is; without it nothing can be converted.",
                "Choose the folder that mlx-lm saved. It holds config.json and model.safetensors.",
                CONFIG,
            )
        )
        return {}
    except UnreadableJsonError as error:
        findings.append(
            stop(
                "bad-config",
                f"{CONFIG} cannot be used: {error}.",
                "It says what kind of model this is; without it nothing can be converted.",
                "Copy config.json again from where the model came from.",
                CONFIG,
            )
        )
        return {}
    if not isinstance(config.get("model_type"), str):
        findings.append(
            stop(
                "no-model-type",
                f"{CONFIG} has no model_type.",
                "Nobody can tell which family the model belongs to.",
                "Copy config.json from the base model.",
                CONFIG,
            )
        )
    return config


def optional_object(folder: Path, name: str, findings: list[Finding]) -> dict[str, Any]:
    """The JSON object in the file `name`; empty when it is missing, empty and a warning when it is broken."""
    try:
        return read_object(folder / name)
    except FileNotFoundError:
        return {}
    except UnreadableJsonError as error:
        findings.append(
            warning(
                "bad-json",
                f"{name} cannot be used: {error}.",
                "It is ignored, and what it says is not carried over.",
                f"Copy {name} again from where the model came from.",
                name,
            )
        )
        return {}
