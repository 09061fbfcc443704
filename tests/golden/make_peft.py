"""Write down what the peft library saves for tiny models, and what it makes of them: peft.json.

    python -m tests.golden.make_peft --python PYTHON

PYTHON is that of an environment with torch, transformers 5 and peft.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np

from tests.golden.family_models import FamilyModel, save_published
from tests.golden.golden_json import write_golden
from tests.golden.peft_values import sampled

PEFT = Path(__file__).with_name("peft.json")
DENSE = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
EXPERTS = ["experts.gate_up_proj", "experts.down_proj"]
USUAL: dict[str, Any] = {"r": 4, "lora_alpha": 8}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "lora": ("llama", {**USUAL, "target_modules": DENSE}),
    "patterns": (
        "llama",
        {
            **USUAL,
            "use_rslora": True,
            "target_modules": ["q_proj", "down_proj"],
            "rank_pattern": {"down_proj": 2},
            "alpha_pattern": {"layers.1.mlp.down_proj": 3, r"^model\.layers\.0\.self_attn\.q_proj": 5},
        },
    ),
    "dora": ("qwen3", {**USUAL, "use_dora": True, "target_modules": DENSE}),
    "saved modules": ("llama", {**USUAL, "target_modules": ["v_proj"], "modules_to_save": ["lm_head"]}),
    "embeddings": ("qwen2", {**USUAL, "target_modules": ["embed_tokens", "q_proj"], "bias": "lora_only"}),
    "turned": ("gpt2", {**USUAL, "target_modules": ["c_attn", "c_proj"]}),
    "turned dora": ("gpt2", {**USUAL, "use_dora": True, "target_modules": ["c_attn", "c_fc"]}),
    "fused": ("phi3", {**USUAL, "target_modules": ["qkv_proj", "gate_up_proj"]}),
    "shared network": ("granitemoehybrid-attention", {**USUAL, "target_modules": ["input_linear", "q_proj"]}),
    "latent": ("deepseek_v3", {**USUAL, "target_modules": ["kv_b_proj", "o_proj"]}),
    "experts": ("qwen3_moe", {**USUAL, "target_modules": ["q_proj"], "target_parameters": EXPERTS}),
    "experts in turn": ("gpt_oss", {**USUAL, "target_modules": ["q_proj"], "target_parameters": EXPERTS}),
    "mixture": ("mixtral", {**USUAL, "target_modules": ["q_proj"], "target_parameters": EXPERTS}),
}


def made(python: str, family: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Names and shapes of the adapter, its settings, and some of the values of what it changes."""
    with tempfile.TemporaryDirectory() as place:
        base, adapter, merged = (Path(place) / name for name in ("base", "adapter", "merged"))
        save_published(FamilyModel(family), base)
        (Path(place) / "settings.json").write_text(json.dumps(settings))
        command = [
            python,
            "-m",
            "tests.golden.peft_peer",
            str(base),
            f"{place}/settings.json",
            str(adapter),
            str(merged),
        ]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": "."}, stderr=subprocess.DEVNULL)
        before, after, saved = (arrays(folder) for folder in (base, merged, adapter))
        config = json.loads((adapter / "adapter_config.json").read_text())
        config.pop("base_model_name_or_path")
        changed = {name: samples(array) for name, array in sorted(after.items()) if is_changed(name, array, before)}
        return {
            "family": family,
            "config": {name: value for name, value in sorted(config.items()) if value not in (None, {}, [])},
            "tensors": {name: array.shape for name, array in sorted(saved.items())},
            "merged": changed,
            "made_with": json.loads((adapter / "made_with.json").read_text()),
        }


def arrays(folder: Path) -> dict[str, np.ndarray]:
    """All tensors of a folder, as float32."""
    found: dict[str, np.ndarray] = {}
    for path in folder.glob("*.safetensors"):
        loaded: Any = mx.load(str(path))
        found |= {name: np.array(one.astype(mx.float32)) for name, one in loaded.items()}
    return found


def is_changed(name: str, array: np.ndarray, before: dict[str, np.ndarray]) -> bool:
    """Whether merging has made other values of it; what has another name in the base counts as changed."""
    base = before.get(name, before.get(name.removeprefix("transformer.")))
    return base is None or base.shape != array.shape or not np.array_equal(base, array)


def samples(array: np.ndarray) -> list[float]:
    """Some values, as JSON has them."""
    return [float(f"{value:.7g}") for value in array.reshape(-1)[sampled(array.shape)]]


def main() -> None:
    """Make the cases that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    arguments = parser.parse_args()
    found = json.loads(PEFT.read_text()) if PEFT.exists() else {}
    for name in arguments.cases:
        try:
            found[name] = made(arguments.python, *CASES[name])
        except subprocess.CalledProcessError as error:
            sys.exit(f"{name}: {error}")
    write_golden(PEFT, found)


if __name__ == "__main__":
    main()
