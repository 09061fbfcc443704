"""Adapters of peft.json on disk: what the peft library saved for tiny models, and the same weights as MLX has them."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden.family_models import FamilyModel
from tests.golden.make_peft import PEFT
from tests.golden.peft_values import trained_values

PREFIX = "base_model.model."
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class PeftCase:
    """One entry of peft.json."""

    name: str

    @cached_property
    def data(self) -> dict[str, Any]:
        return json.loads(PEFT.read_text(encoding="utf-8"))[self.name]

    @property
    def model(self) -> FamilyModel:
        return FamilyModel(self.data["family"])

    def tensors(self) -> Arrays:
        """As they were saved. The base's own embedding, which PEFT saves too, has the base's values."""
        base = self.model.tensors()
        return {
            name: base[name.removeprefix(PREFIX).replace(".base_layer", "")]
            if name.endswith(".base_layer.weight")
            else trained_values(name, tuple(shape))
            for name, shape in self.data["tensors"].items()
        }

    def save(self, folder: Path, base: Path) -> Path:
        config = {**self.data["config"], "base_model_name_or_path": str(base)}
        return saved(folder, "adapter_model.safetensors", self.tensors(), config)


def cases() -> list[str]:
    return list(json.loads(PEFT.read_text(encoding="utf-8")))


def saved(folder: Path, name: str, tensors: Arrays, config: dict[str, Any]) -> Path:
    import mlx.core as mx

    folder.mkdir(parents=True)
    mx.save_safetensors(str(folder / name), {one: mx.array(np.ascontiguousarray(a)) for one, a in tensors.items()})
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def linear_in_mlx(tensors: Arrays, scale: float, base: Path, prefix: str = "") -> tuple[Arrays, dict[str, Any]]:
    """The same weights as mlx-lm's trainer names and turns them."""
    endings = {"lora_A.weight": "lora_a", "lora_B.weight": "lora_b", "lora_magnitude_vector": "m"}
    found = {}
    for name, array in tensors.items():
        ending = next(one for one in endings if name.endswith(one))
        module = name.removeprefix(PREFIX).removesuffix(ending)
        found[f"{prefix}{module}{endings[ending]}"] = array.T
    return found, config_of_mlx(scale, base)


def config_of_mlx(scale: float, base: Path) -> dict[str, Any]:
    return {"model": str(base), "fine_tune_type": "lora", "lora_parameters": {"rank": 4, "scale": scale}}
