"""LoRA layers that were saved within a model's weights: an adapter like any other, whose base is beside it."""

from collections.abc import Mapping
from typing import Any

from app.core.adapter import Adapter, adapter_of
from app.core.checkpoint import Checkpoint
from app.core.checkpoint.adapter_names import SETTINGS
from app.core.checkpoint.json_files import UnreadableJsonError, read_object
from app.core.errors import CheckpointError
from app.core.findings import Finding, blocker, info
from app.core.text import counted, text


def adapter_inside(checkpoint: Checkpoint) -> tuple[Adapter | None, tuple[Finding, ...]]:
    """What was trained, None where nothing was or it cannot be known; and what a person should know of it."""
    trained = checkpoint.unfused
    if not trained:
        return None, ()
    try:
        return adapter_of(trained, _settings(checkpoint), trained[0].file), (_fused(len(trained), trained[0].name),)
    except CheckpointError as error:
        return None, (_unknown(len(trained), trained[0].name, error),)


def _settings(checkpoint: Checkpoint) -> Mapping[str, Any]:
    """adapter_config.json, or what config.json says of it: mlx-vlm's has it under `lora` (trainer/common/model.py)."""
    try:
        return read_object(checkpoint.folder / SETTINGS)
    except (OSError, UnreadableJsonError):
        own = checkpoint.config.get("lora")
        return own if isinstance(own, dict) else {"lora_parameters": checkpoint.config.get("lora_parameters")}


def _fused(count: int, name: str) -> Finding:
    return info(
        "unfused-lora",
        counted(
            "LoRA layers are not fused: {tensor} is still beside the weights.",
            "LoRA layers are not fused: {tensor} and others, {count:,} tensors in all, are still beside the weights.",
            count,
            tensor=name,
        ),
        text("They are added to the weights while these are converted."),
        text("There is nothing to do."),
        name,
    )


def _unknown(count: int, name: str, error: CheckpointError) -> Finding:
    return blocker(
        "unfused-lora",
        _fused(count, name).what,
        text("What they change cannot be computed: {reason}", reason=error),
        text(
            "Put the adapter_config.json of the training into the folder, and open it again: it says how strongly they "
            "count."
        ),
        name,
    )
