"""Files beside the weights that change what MLX computes, if it is told to use them, and that are not read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.core.checkpoint.adapter_names import READ, SETTINGS
from app.core.findings import Finding, warning
from app.core.remedies import AddAdapter
from app.core.text import text


def left_unread(folder: Path, config: Mapping[str, Any]) -> tuple[Finding, ...]:
    """A finding for an adapter, and one for code of the model's own."""
    adapters = [name for name in READ if (folder / name).exists()]
    found = [_adapter(folder, adapters[0])] if adapters else []
    code = config.get("model_file")  # mlx-lm utils.py, load_model
    return (*found, _own_code(code)) if isinstance(code, str) and code else tuple(found)


def _adapter(folder: Path, name: str) -> Finding:
    return warning(
        "adapter-beside-weights",
        text("{file} lies beside the model's weights and is not applied to them.", file=name),
        text("mlx-lm does not apply it unasked either: the file will hold the model without the adapter."),
        text(
            "If the weights are those that it was trained on, add it. A tool that puts it into the weights may leave "
            "it beside them, as mlx-lm-lora does: then it is part of them already."
        ),
        name,
        (AddAdapter(str(folder / name)),) if (folder / SETTINGS).exists() else (),
    )


def _own_code(name: str) -> Finding:
    return warning(
        "own-code",
        text("config.json names Python code of the model's own: {file:.60}.", file=name),
        text("mlx-lm would compute with that code. MLX Ferry never runs code from a model folder."),
        text("Compare the file's answers with MLX's before you rely on it."),
        "config.json",
    )
