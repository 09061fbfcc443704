"""The values of this room: an adapter as its files have it, before anyone has seen its base."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.checkpoint import StoredTensor, WeightFile


class Dialect(StrEnum):
    """Who wrote the adapter: names and shapes differ.

    MLX: `a` is (inputs, rank) and `b` (rank, outputs); of experts `a` is (experts, rank, inputs) and `b` (experts,
    outputs, rank); of an embedding `a` is (tokens, rank) and `b` (rank, width): mlx-lm tuner/lora.py.
    PEFT: `a` is (rank, inputs) and `b` (outputs, rank); of an embedding `a` is (rank, tokens) and `b` (width, rank):
    peft tuners/lora/layer.py.
    """

    MLX = "mlx"
    PEFT = "peft"


@dataclass(frozen=True)
class LowRankModule:
    """What was trained beside one module: its weight grows by scale · b · a; DoRA gives each row a length, too.

    `module` is the path without ".weight", as the file has it. `magnitude` is (outputs,). With `parameters` it is one
    of these instead of ".weight", of PEFT's target_parameters; which one, only shapes tell. Of experts `a` is then
    (experts · rank, inputs) and `b` (outputs, rank · experts).
    """

    module: str
    a: StoredTensor
    b: StoredTensor
    rank: int
    scale: float
    magnitude: StoredTensor | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adapter:
    """One adapter file and what its configuration says.

    `whole` are tensors that take the place of the base's: fine_tune_type "full", and PEFT's modules_to_save. `base` is
    the model that it was trained on, a path or a name of the hub, "" where nothing says it.
    """

    folder: Path
    file: WeightFile
    dialect: Dialect
    base: str
    config: Mapping[str, Any] = field(repr=False)
    modules: tuple[LowRankModule, ...]
    whole: tuple[StoredTensor, ...] = ()

    @property
    def method(self) -> str:
        """What people call it."""
        if not self.modules:
            return "full"
        return "DoRA" if any(one.magnitude for one in self.modules) else "LoRA"
