"""Adapters for tiny models, as mlx-lm's trainer writes them, with changes that can be seen in the answers."""

import json
from pathlib import Path
from typing import Any

SCALE, RANK = 20.0, 4
STRENGTH = 0.02  # of lora_b, which training begins with zeros


def save_mlx_adapter(
    base: Path, folder: Path, method: str = "lora", keys: list[str] | None = None, rank: int = RANK, layers: int = -1
) -> Path:
    """What mlx_lm.lora (0.32) leaves: its own layers around the base's, saved by the names of what is trained."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.tuner.utils import linear_to_lora_layers
    from mlx_lm.utils import load_model

    mx.random.seed(7)
    model = load_model(base, lazy=True)[0]
    model.freeze()
    parameters: dict[str, Any] = {"rank": rank, "scale": SCALE, "dropout": 0.0}
    if keys is not None:
        parameters["keys"] = keys
    count = len(model.layers) if layers < 0 else layers
    if method == "full":
        for layer in model.layers[-count:]:
            layer.unfreeze()
    else:
        linear_to_lora_layers(model, count, dict(parameters), use_dora=method == "dora")
    found: Any = tree_flatten(model.trainable_parameters())
    trained = {name: _trained(name, value) for name, value in found}
    folder.mkdir(parents=True)
    mx.save_safetensors(str(folder / "adapters.safetensors"), trained)
    config = {
        "model": str(base),
        "fine_tune_type": method,
        "num_layers": count,
        "lora_parameters": None if method == "full" else parameters,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _trained(name: str, value: Any) -> Any:
    """As if it had been trained: changes of a size that counts, in the dtype that it has."""
    import mlx.core as mx

    if name.endswith(".m"):
        return value * (1 + 0.1 * mx.random.normal(value.shape))
    if name.endswith(("lora_a", "lora_b")):
        return mx.random.normal(value.shape) * (STRENGTH if name.endswith("lora_b") else 0.1)
    return (value + 0.05 * mx.random.normal(value.shape).astype(value.dtype)).astype(value.dtype)
