"""Made of the bundled sample: the same model packed into 4 bits, and an adapter for it, as mlx-lm would save them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from app.core.resources import SAMPLE, resource_path
from app.core.weights.mlx_thread import compute

WEIGHTS, CONFIG = "model.safetensors", "config.json"
BITS, GROUP_SIZE = 4, 64
RANK, SCALE, SEED = 4, 2.0, 7
TRAINED = ("self_attn.q_proj", "mlp.down_proj")


def sample() -> Path:
    """The folder of the bundled model."""
    return resource_path(SAMPLE)


def make_packed(folder: Path) -> Path:
    """The sample with all matrices in 4 bits."""
    folder.mkdir()
    for path in sample().iterdir():
        if not path.name.startswith(WEIGHTS):
            shutil.copyfile(path, folder / path.name)  # not its mode: the sample may be read-only
    compute(_pack, sample() / WEIGHTS, folder / WEIGHTS)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    config["quantization"] = {"group_size": GROUP_SIZE, "bits": BITS}
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return folder


def make_adapter(folder: Path) -> Path:
    """A LoRA adapter that changes two matrices of every layer so that it shows."""
    folder.mkdir()
    config = json.loads((sample() / CONFIG).read_text(encoding="utf-8"))
    layers = config["num_hidden_layers"]
    compute(_train, sample() / WEIGHTS, folder / "adapters.safetensors")
    parameters = {"rank": RANK, "scale": SCALE, "dropout": 0.0, "keys": TRAINED}
    about = {
        "model": str(sample()),
        "fine_tune_type": "lora",
        "num_layers": layers,
        "lora_parameters": parameters,
    }
    (folder / "adapter_config.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def _pack(source: Path, target: Path) -> None:
    import mlx.core as mx

    loaded: Any = mx.load(str(source))
    packed: dict[str, mx.array] = {}
    for name, value in loaded.items():
        if value.ndim == 2 and value.shape[1] % GROUP_SIZE == 0:
            stem = name.removesuffix("weight")
            words, scales, biases = mx.quantize(value, GROUP_SIZE, BITS)
            packed |= {name: words, f"{stem}scales": scales, f"{stem}biases": biases}
        else:
            packed[name] = value
    mx.save_safetensors(str(target), packed, {"format": "mlx"})


def _train(source: Path, target: Path) -> None:
    import mlx.core as mx

    loaded: Any = mx.load(str(source))
    random = np.random.default_rng(SEED)
    factors: dict[str, mx.array] = {}
    for name in sorted(loaded):
        module = name.removesuffix(".weight")
        if module.endswith(TRAINED):
            outputs, inputs = loaded[name].shape
            for part, shape, size in (("lora_a", (inputs, RANK), 0.1), ("lora_b", (RANK, outputs), 0.02)):
                factors[f"{module}.{part}"] = mx.array((random.normal(size=shape) * size).astype(np.float32))
    mx.save_safetensors(str(target), factors)
