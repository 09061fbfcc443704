"""The adapter that mlx-lm puts on a folder, where it can do what MLX Ferry did."""

from pathlib import Path

from app.core.adapter import Dialect
from app.core.checkpoint.adapter_names import READ
from app.core.model.identify import Model
from app.core.text import text
from app.core.verify.results.no_comparison import NoComparisonError

SETTINGS = ("fine_tune_type", "num_layers")  # mlx-lm tuner/utils.py, load_adapters


def adapter_for_mlx(model: Model) -> Path | None:
    """The folder that mlx_lm.lora wrote, None for a model without an adapter. Raises NoComparisonError."""
    if model.checkpoint.unfused:
        raise NoComparisonError(text("mlx-lm does not load a folder whose LoRA layers are among its weights."))
    if not model.adapters:
        return None
    if len(model.adapters) > 1:
        raise NoComparisonError(
            text("mlx-lm loads one adapter at a time, and there are {count}.", count=len(model.adapters))
        )
    (applied,) = model.adapters
    adapter = applied.adapter
    if adapter.dialect is not Dialect.MLX or any(name not in adapter.config for name in SETTINGS):
        raise NoComparisonError(
            text("mlx-lm loads only adapters of its own, and {adapter} is none.", adapter=adapter.folder.name)
        )
    if adapter.file.path.name != READ[0]:
        raise NoComparisonError(
            text("mlx-lm loads only {name} of an adapter, not {file}.", name=READ[0], file=adapter.file.path.name)
        )
    if applied.strength != 1:
        raise NoComparisonError(
            text(
                "mlx-lm loads an adapter at full strength only, and this one counts {strength:g}.",
                strength=applied.strength,
            )
        )
    return adapter.folder
