"""Weights with the layers of LoRA still among them: told apart by their names, whoever made them."""

from pathlib import Path

import pytest

from app.core.checkpoint.checkpoint_values import StoredTensor, WeightFile
from app.core.checkpoint.unfused_lora import without_lora

FILE = WeightFile(Path("model.safetensors"), 0, 0, 0)
NORM = "model.norm.weight"


def taken_apart(*names):
    stored = (StoredTensor(name, "F32", (1,), FILE, 0, 4) for name in names)
    return tuple([one.name for one in part] for part in without_lora(stored))


OF_MLX = ["q.lora_a", "q.lora_b"]
LAYERS = {
    "mlx-lm": (["q.linear.weight", "q.linear.bias"], OF_MLX, ["q.weight", "q.bias"]),
    "packed": (["q.linear.weight", "q.linear.scales"], OF_MLX, ["q.weight", "q.scales"]),
    "DoRA": (["q.linear.weight"], [*OF_MLX, "q.m"], ["q.weight"]),
    "embedding": (["q.embedding.weight"], OF_MLX, ["q.weight"]),
    "mlx-vlm": (["q.original_layer.weight"], ["q.A", "q.B"], ["q.weight"]),
    "PEFT": (["q.base_layer.weight"], ["q.lora_A.default.weight", "q.lora_B.default.weight"], ["q.weight"]),
    "PEFT without names": (["q.base_layer.weight"], ["q.lora_A.weight", "q.lora_B.weight"], ["q.weight"]),
    "DoRA of PEFT": (["q.base_layer.weight"], ["q.lora_magnitude_vector.default.weight"], ["q.weight"]),
    "PEFT's model": (["base_model.model.q.base_layer.weight"], ["base_model.model.q.lora_A.weight"], ["q.weight"]),
}


@pytest.mark.parametrize("case", LAYERS)
def test_layers(case):
    inner, trained, plain = LAYERS[case]
    assert taken_apart(NORM, *inner, *trained) == ([NORM, *plain], trained)


@pytest.mark.parametrize(
    "name",
    ["mixer.A_log", "mixer.A", "blocks.0.attn.B", "self_attn.kv_a_proj_with_mqa.weight", "attn.w_lora.lora.0.weight"],
)
def test_names_that_only_look_so(name):
    assert taken_apart(NORM, name, "audio.linear.weight") == ([NORM, name, "audio.linear.weight"], [])
