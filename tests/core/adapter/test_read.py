"""What an adapter's files hold, whoever wrote them, and what is refused."""

import json
import shutil

import mlx.core as mx
import pytest

from app.core.adapter import Dialect, holds_adapter_only, read_adapter
from app.core.errors import CheckpointError
from tests.adapters import RANK, SCALE, save_mlx_adapter

MODULE = "model.layers.0.self_attn.q_proj"


@pytest.fixture(scope="module")
def lora(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("adapters") / "lora")


def by_hand(folder, tensors, config):
    folder.mkdir()
    name = "adapter_model.safetensors" if any("lora_A" in one for one in tensors) else "adapters.safetensors"
    mx.save_safetensors(str(folder / name), {one: mx.ones(shape) for one, shape in tensors.items()})
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_mlx_lm_names_modules_and_one_scale(lora, tied_folder):
    adapter = read_adapter(lora)
    assert (adapter.dialect, adapter.base, adapter.method) == (Dialect.MLX, str(tied_folder), "LoRA")
    assert {one.scale for one in adapter.modules} == {SCALE}
    (one,) = (one for one in adapter.modules if one.module == MODULE)
    assert one.a.shape[1] == one.b.shape[0] == RANK
    assert adapter.whole == ()


@pytest.mark.parametrize(("method", "said"), [("dora", "DoRA"), ("full", "full")])
def test_other_methods(method, said, tied_folder, tmp_path):
    adapter = read_adapter(save_mlx_adapter(tied_folder, tmp_path / "adapter", method, layers=1))
    assert adapter.method == said
    assert all(one.magnitude for one in adapter.modules)
    assert bool(adapter.whole) is (method == "full")


def test_the_last_state_of_training_counts_unless_another_is_named(lora, tmp_path):
    folder = tmp_path / "adapter"
    shutil.copytree(lora, folder)
    for number in (100, 200):
        shutil.copy(folder / "adapters.safetensors", folder / f"0000{number}_adapters.safetensors")
    assert read_adapter(folder).file.path.name == "adapters.safetensors"
    (folder / "adapters.safetensors").unlink()
    assert read_adapter(folder).file.path.name == "0000200_adapters.safetensors"
    assert read_adapter(folder / "0000100_adapters.safetensors").file.path.name == "0000100_adapters.safetensors"


OLD_MLX_VLM = {f"language_model.{MODULE}.A": (64, 4), f"language_model.{MODULE}.B": (4, 64)}
PEFT = {f"base_model.model.{MODULE}.lora_A.weight": (8, 64), f"base_model.model.{MODULE}.lora_B.weight": (64, 8)}


@pytest.mark.parametrize(
    ("tensors", "config", "scale"),
    [
        (OLD_MLX_VLM, {"rank": 4, "alpha": 0.1}, 0.025),
        (PEFT, {"r": 8, "lora_alpha": 16}, 2.0),
        (PEFT, {"r": 8, "lora_alpha": 16, "use_rslora": True}, 16 / 8**0.5),
        (PEFT, {"r": 4, "lora_alpha": 16, "alpha_pattern": {"layers.0.self_attn.q_proj": 4}}, 0.5),
        (PEFT, {"r": 4, "lora_alpha": 16, "alpha_pattern": {"layers.1.self_attn.q_proj": 4}}, 2.0),
    ],
)
def test_scales_are_those_of_whoever_wrote_it(tensors, config, scale, tmp_path):
    (one,) = read_adapter(by_hand(tmp_path / "adapter", tensors, config)).modules
    assert one.scale == pytest.approx(scale)
    assert one.module.endswith(MODULE)


@pytest.mark.parametrize(
    ("tensors", "config", "said"),
    [
        ({f"{MODULE}.lora_a": (64, 4)}, {"lora_parameters": {"scale": 1.0}}, "only one of the two factors"),
        ({f"{MODULE}.lora_a": (64, 4), f"{MODULE}.lora_b": (5, 64)}, {"lora_parameters": {"scale": 1.0}}, "no rank"),
        ({f"{MODULE}.lora_a": (64, 4), f"{MODULE}.lora_b": (4, 64)}, {}, "neither scale nor alpha"),
        ({f"{MODULE}.lora_a": (64, 4), f"{MODULE}.lora_b": (4, 64)}, {"lora_parameters": {"scale": "x"}}, "scale to"),
        (
            {f"{MODULE}.lora_a": (64, 4), f"{MODULE}.lora_b": (4, 64)},
            {"lora_parameters": {"scale": float("inf")}},
            "the scale inf",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(tensors, config, said, tmp_path):
    with pytest.raises(CheckpointError, match=said):
        read_adapter(by_hand(tmp_path / "adapter", tensors, config))


def test_a_truncated_file_is_refused(lora, tmp_path):
    folder = tmp_path / "adapter"
    shutil.copytree(lora, folder)
    file = folder / "adapters.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"adapters\.safetensors cannot be used"):
        read_adapter(folder)


def test_a_folder_without_one_is_refused(tied_folder):
    with pytest.raises(CheckpointError, match="no adapter"):
        read_adapter(tied_folder)


UNSLOTH = {  # unsloth_zoo mlx/utils.py, _enrich_mlx_adapter_config; peft_interop.py, convert_peft_dir_to_mlx
    "fine_tune_type": "lora",
    "peft_type": "LORA",
    "base_model_name_or_path": "org/base",
    "lora_parameters": {"rank": 4, "scale": 1.0, "dropout": 0.0, "keys": ["a", "b"]},
    "rank": 4,
    "scale": 1.0,
    "unsloth_mlx_lora_module_paths": ["a", "b"],
    "unsloth_mlx_lora_module_ranks": {"a": 4, "b": 2},
    "unsloth_mlx_lora_module_scales": {"a": 1.0, "b": 8.0},
    "unsloth_mlx_requires_unsloth_loader": True,
    "full_state_modules": {"b": "embedding_auto"},
}


def test_unsloth_has_a_rank_and_a_scale_for_each_module(tmp_path):
    shapes = {"a.lora_a": (64, 4), "a.lora_b": (4, 64), "b.lora_a": (64, 2), "b.lora_b": (2, 64)}
    adapter = read_adapter(by_hand(tmp_path / "adapter", {**shapes, "b.linear.weight": (64, 64)}, UNSLOTH))
    assert (adapter.dialect, adapter.base) == (Dialect.MLX, "org/base")
    assert {one.module: (one.rank, one.scale) for one in adapter.modules} == {"a": (4, 1.0), "b": (2, 8.0)}
    assert [one.name for one in adapter.whole] == ["b.weight"]


def test_mlx_vlm_saves_weights_beside_their_settings(tmp_path):
    folder = by_hand(tmp_path / "adapter", {f"{MODULE}.lora_a": (64, 4), f"{MODULE}.lora_b": (4, 64)}, {})
    (folder / "adapters.safetensors").rename(folder / "weights.safetensors")
    assert holds_adapter_only(folder)
    (folder / "adapter_config.json").write_text(json.dumps({"lora_parameters": {"rank": 4, "scale": 0.5}}))
    assert [one.scale for one in read_adapter(folder).modules] == [0.5]
    (folder / "adapter_config.json").unlink()
    assert not holds_adapter_only(folder)
