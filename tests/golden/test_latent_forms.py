"""Latent attention in both forms, whole and in halves, plain and packed, in every family that has it."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from tests.golden.convert_folder import convert_folder
from tests.golden.digest import digest_gguf
from tests.golden.family_models import FamilyModel, family_models, save_mlx, save_published
from tests.golden.mixtures import as_mlx_loads, loaded, rewritten
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

WHOLE, HALVES = "kv_b_proj.weight", ("embed_q.weight", "unembed_out.weight")
GROUP = 32
# MiniCPM 3's graph has it whole, and mlx-lm never had it otherwise
LATENT = [
    model.name
    for model in family_models()
    if any(name.endswith(WHOLE) for name in model.data["source"]) and model.config["model_type"] != "minicpm3"
]
SAVED_WHOLE = ("deepseek_v2", "youtu_llm")
NOT_READ_PACKED = "bailing"  # mlx-lm: "Quantized Bailing V3 kv_b_proj weights are not supported"


def tensors_of(folder):
    target = folder.with_name(f"{folder.name}-files")
    target.mkdir()
    (file,) = convert_folder(folder, ["f32"], target)
    return digest_gguf(QuickReader(file))["tensors"]


def modules_of(published, saved):
    """The names of attention in the saved folder, with its whole matrix as published."""
    at = {name.removesuffix(end) for name in loaded(saved) for end in (WHOLE, *HALVES) if name.endswith(end)}
    whole = {name: array for name, array in loaded(published).items() if name.endswith(WHOLE)}
    return {module: next(array for name, array in whole.items() if layer_of(name) == layer_of(module)) for module in at}


def layer_of(name):
    return name.split("layers.")[1].split(".")[0]


def without_attention(saved):
    ends = tuple(one.removesuffix("weight") for one in (WHOLE, *HALVES))
    return {name: array for name, array in loaded(saved).items() if not any(end in name for end in ends)}


@pytest.mark.parametrize("bits", [4, 6])
@pytest.mark.parametrize("name", LATENT)
def test_a_packed_whole_matrix_is_decoded_and_split(name, bits, tmp_path):
    import mlx.core as mx

    published = save_published(FamilyModel(name), tmp_path / "published")
    saved = with_tokenizer(save_mlx(published, tmp_path / "saved", {"group_size": GROUP, "bits": 4}))
    config, modules = json.loads((saved / "config.json").read_text()), modules_of(published, saved)
    packed, plain = (without_attention(saved) for _ in range(2))
    for module, matrix in modules.items():
        words, scales, biases = mx.quantize(matrix, GROUP, bits)
        ends = {"weight": words, "scales": scales, "biases": biases}
        packed |= {f"{module}kv_b_proj.{end}": part for end, part in ends.items()}
        scales, biases = scales.astype(mx.float32), biases.astype(mx.float32)
        plain[module + WHOLE] = mx.dequantize(words, scales, biases, GROUP, bits)
        config["quantization"][f"{module}kv_b_proj"] = {"group_size": GROUP, "bits": bits}
    folder = rewritten(saved, tmp_path / "packed", packed)
    (folder / "config.json").write_text(json.dumps(config | {"quantization_config": config["quantization"]}))
    decoded = rewritten(saved, tmp_path / "decoded", plain)
    assert prepare_plan(open_checkpoint(folder), PlanOptions()).can_convert
    found = tensors_of(folder)
    assert len([one for one in found if one.endswith(("attn_k_b.weight", "attn_v_b.weight"))]) == 2 * len(modules)
    assert found == tensors_of(decoded)
    if not name.startswith(NOT_READ_PACKED):
        as_mlx_loads(folder)


@pytest.mark.parametrize("name", [name for name in LATENT if name.startswith(SAVED_WHOLE)])
def test_halves_are_read_where_mlx_lm_saves_the_whole_too(name, tmp_path):
    """As mlx-lm's models/deepseek_v3.py makes them."""
    import mlx.core as mx

    published = save_published(FamilyModel(name), tmp_path / "published")
    saved = with_tokenizer(save_mlx(published, tmp_path / "saved"))
    config, arrays = identify(open_checkpoint(saved)).config, without_attention(saved)
    for module, matrix in modules_of(published, saved).items():
        rows = matrix.reshape(config["num_attention_heads"], -1, config["kv_lora_rank"])
        keys, values = rows[:, : config["qk_nope_head_dim"]], rows[:, config["qk_nope_head_dim"] :]
        arrays |= {module + HALVES[0]: mx.contiguous(keys.swapaxes(-1, -2)), module + HALVES[1]: mx.contiguous(values)}
    assert tensors_of(rewritten(saved, tmp_path / "halves", arrays)) == tensors_of(saved)
