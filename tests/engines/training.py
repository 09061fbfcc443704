"""Trains adapters with mlx-lm's own trainer, on a few lines of tokens."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

RANK, SCALE = 8, 20.0  # mlx-lm's defaults


class _Lines:
    """What mlx_lm.tuner.datasets makes of a file of texts."""

    def __init__(self, lines: Sequence[Sequence[int]]) -> None:
        self._lines = lines

    def __getitem__(self, number: int) -> Sequence[int]:
        return self._lines[number]

    def __len__(self) -> int:
        return len(self._lines)

    def process(self, line: Sequence[int]) -> tuple[Sequence[int], int]:
        return line, 0


def train_adapter(
    base: Path,
    folder: Path,
    lines: Sequence[Sequence[int]],
    method: str = "lora",
    *,
    parameters: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Path:
    """What `mlx_lm.lora --train` leaves in `folder`; `settings` as in its configuration."""
    from mlx_lm import lora
    from mlx_lm.utils import load_model

    from app.core.verify.engines.mlx_lm_engine import compute_in_float32

    np.random.seed(1)  # the trainer takes the order of the lines from here
    model = load_model(base)[0]
    compute_in_float32(model)  # a processor has no fast products of bfloat16
    arguments = {
        **lora.CONFIG_DEFAULTS,
        "model": str(base),
        "fine_tune_type": method,
        "adapter_path": str(folder),
        "lora_parameters": {"rank": RANK, "dropout": 0.0, "scale": SCALE, **(parameters or {})},
        "num_layers": len(model.layers),
        "batch_size": 2,
        "iters": 6,
        "val_batches": 1,
        "steps_per_eval": 1000,
        "learning_rate": 1e-3,
        "max_seq_length": 64,
        **settings,
    }
    lora.train_model(SimpleNamespace(**arguments), model, _Lines(lines), _Lines(lines[:2]))
    return folder
