"""The folder's own JSON files: the one that must be there, and those that may be missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.core.checkpoint.json_files import UnreadableJsonError, read_object
from app.core.findings import Finding, blocker, warning
from app.core.text import reason_of, text

CONFIG = "config.json"
CHOOSE_A_MODEL = text(
    "Choose an MLX model folder, from mlx-lm, LM Studio or Hugging Face. It holds config.json and model.safetensors."
)


def required_config(folder: Path, findings: list[Finding]) -> dict[str, Any]:
    """config.json, or an empty dict and a finding that stops."""
    try:
        config = read_object(folder / CONFIG)
    except FileNotFoundError:
        findings.append(
            blocker(
                "missing-config",
                text("There is no config.json in this folder."),
                text("It says what kind of model this is. Without it, nothing can be converted."),
                CHOOSE_A_MODEL,
                CONFIG,
            )
        )
        return {}
    except UnreadableJsonError as error:
        findings.append(
            blocker(
                "bad-config",
                text("{file} cannot be used: {reason}.", file=CONFIG, reason=reason_of(error)),
                text("It says what kind of model this is. Without it, nothing can be converted."),
                text("Copy {file} again from where the model came from.", file=CONFIG),
                CONFIG,
            )
        )
        return {}
    if not isinstance(config.get("model_type"), str):
        findings.append(
            blocker(
                "no-model-type",
                text("config.json has no model_type."),
                text("Without it, the model's family is unknown."),
                text("Copy config.json from the base model."),
                CONFIG,
            )
        )
    return config


def diffusion_model(config: Mapping[str, Any]) -> Finding | None:
    """For a config.json of diffusers (configuration_utils.py, ConfigMixin), which has a class in place of a type."""
    diffuser = config.get("_class_name")
    if not isinstance(diffuser, str) or isinstance(config.get("model_type"), str):
        return None
    return blocker(
        "diffusion-model",
        text("This is {architecture:.60}, a part of a diffusion model.", architecture=diffuser),
        text("MLX Ferry converts language models."),
        text("Choose the folder of a language model."),
        CONFIG,
    )


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
                text("{file} cannot be used: {reason}.", file=name, reason=reason_of(error)),
                text("It is ignored, and its contents are not carried over."),
                text("Copy {file} again from where the model came from.", file=name),
                name,
            )
        )
        return {}
