"""Adapters for tiny published models in PEFT's form, and the same in MLX's, with values from the names of tensors."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden.family_models import FamilyModel, values_of

RANK, ALPHA = 4, 8  # their quotient is a power of two: whoever folds it into a factor rounds nothing


def save_peft(model: FamilyModel, folder: Path) -> Path:
    """For every matrix of the layers that is a nn.Linear in transformers and in mlx-lm."""
    arrays = {
        f"base_model.model.{module}.lora_{half}.weight": array
        for module, factors in _factors(model).items()
        for half, array in zip("AB", factors, strict=True)
    }
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "base_model_name_or_path": str(folder)}
    return _save(arrays, folder, "adapter_model.safetensors", config)


def save_mlx_form(model: FamilyModel, folder: Path) -> Path:
    """The same change as mlx_lm.lora would save it."""
    arrays = {
        f"{module}.lora_{half}": np.ascontiguousarray(array.T)
        for module, factors in _factors(model).items()
        for half, array in zip("ab", factors, strict=True)
    }
    config = {"fine_tune_type": "lora", "lora_parameters": {"rank": RANK, "scale": ALPHA / RANK, "dropout": 0.0}}
    return _save(arrays, folder, "adapters.safetensors", config)


def _factors(model: FamilyModel) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    found = {}
    for name, (_, shape, *_) in model.data["source"].items():
        module = name.removesuffix(".weight")
        if ".layers." in name and len(shape) == 2 and module != name:
            a, b = (values_of(f"{module}.{half}", "F32", size) for half, size in _shapes(shape).items())
            found[module] = a, b
    return found


def _shapes(shape: list[int]) -> dict[str, list[int]]:
    rows, columns = shape
    return {"lora_A": [RANK, columns], "lora_B": [rows, RANK]}


def _save(arrays: dict[str, np.ndarray], folder: Path, file: str, config: dict[str, Any]) -> Path:
    import mlx.core as mx

    folder.mkdir(parents=True)
    mx.save_safetensors(str(folder / file), {name: mx.array(array) for name, array in arrays.items()})
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
