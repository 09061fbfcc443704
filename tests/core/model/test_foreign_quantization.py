"""Weights that another tool quantized stop once, by the method's name, with a program that reads them."""

from typing import Any

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.model.foreign_quantization import CODE, FROM_FULL, FROM_LLAMA_CPP, METHODS, NOT_NAMED, SIGNS
from app.core.plan import PlanOptions
from tests.core.model.packed_by_others import PARTS, packed_folder, with_config
from tests.expect_finding import STOP, expect_finding
from tests.golden.family_models import FamilyModel, save_published
from tests.tiny_checkpoints import with_tokenizer

CONVERTED = "convert_hf_to_gguf.py"
GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 32}
PACKED = {"quant_method": "compressed-tensors", "format": "pack-quantized"}
# quantization_config, the method as it is named, and words of the next step. What llama.cpp's converter reads was tried
# with folders of this kind: b9585, convert_hf_to_gguf.py --outtype f32, values within the method's own error.
NAMED: list[tuple[str, dict[str, Any], str, str]] = [
    ("awq", {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm"}, "AWQ", "mlx_lm.convert"),
    ("awq", {"quant_method": "awq", "bits": 8, "group_size": 32}, "AWQ", FROM_FULL),
    ("gptq", GPTQ, "GPTQ", FROM_LLAMA_CPP),
    ("gptq", {**GPTQ, "bits": 3}, "GPTQ", FROM_FULL),
    ("compressed-tensors", PACKED, "compressed-tensors", FROM_LLAMA_CPP),
    ("compressed-tensors", {**PACKED, "format": "marlin-24"}, "compressed-tensors", FROM_FULL),
    ("fp8", {"quant_method": "fp8", "weight_block_size": [128, 128]}, "FP8", FROM_LLAMA_CPP),
    ("bitsandbytes", {"quant_method": "bitsandbytes", "load_in_4bit": True}, "bitsandbytes", FROM_FULL),
    ("bitnet", {"quant_method": "bitnet"}, "ternary", f"{CONVERTED} --no-lazy"),
    ("modelopt", {"quant_method": "modelopt", "quant_algo": "NVFP4"}, "ModelOpt", FROM_LLAMA_CPP),
    ("metal", {"quant_method": "metal", "bits": 4, "group_size": 32}, "Metal", FROM_FULL),
    ("eetq", {"quant_method": "eetq"}, "EETQ", FROM_FULL),
    ("awq", {"quant_method": "a method of tomorrow"}, "a method of tomorrow", FROM_FULL),
]


def the_cause(folder):
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    assert len(plan.findings) == 1
    return expect_finding(plan.findings, CODE, STOP, "config.json")


@pytest.mark.parametrize(("method", "settings", "name", "next_step"), NAMED)
def test_the_method_is_named_with_what_reads_it(tmp_path, method, settings, name, next_step):
    finding = the_cause(packed_folder(tmp_path / "model", method, settings))
    assert name in finding.what
    assert next_step in finding.advice


@pytest.mark.parametrize("method", sorted(PARTS))
def test_tensors_tell_the_method_where_config_json_is_silent(tmp_path, method):
    finding = the_cause(packed_folder(tmp_path / "model", method, None))
    assert METHODS[method].title in finding.what
    assert finding.advice == NOT_NAMED


def test_modelopt_says_it_in_a_file_of_its_own(tmp_path):
    folder = packed_folder(tmp_path / "model", "modelopt", None)
    (folder / "hf_quant_config.json").write_text('{"quantization": {"quant_algo": "NVFP4"}}')
    assert the_cause(folder).advice == FROM_LLAMA_CPP


@pytest.mark.parametrize("method", sorted(PARTS.keys() - {"awq", "bitnet"}))  # it computes with BitNet, on Metal
def test_mlx_lm_loads_none_that_it_is_not_said_to_load(tmp_path, method):
    from mlx_lm.utils import load_model

    settings = next(settings for one, settings, *_ in NAMED if one == method)
    with pytest.raises((ValueError, RuntimeError)):
        load_model(packed_folder(tmp_path / "model", method, settings))


def test_what_mlx_lm_makes_of_awq_converts(tmp_path):
    from mlx_lm.convert import convert

    convert(str(packed_folder(tmp_path / "packed", *NAMED[0][:2])), str(tmp_path / "again"))
    again = prepare_plan(open_checkpoint(tmp_path / "again"), PlanOptions())
    assert again.can_convert
    assert len([tensor for tensor in again.tensors if tensor.keeps_codes]) == 14


@pytest.mark.parametrize("method", [None, "bitsandbytes", "awq"])
def test_plain_weights_convert_whatever_the_settings_say(tmp_path, method):
    """mlx-lm loads what a method that it does not know names; a merge may leave the settings behind."""
    folder = with_tokenizer(save_published(FamilyModel("qwen3"), tmp_path / "model"))
    if method:
        with_config(folder, quantization_config={"quant_method": method})
    assert prepare_plan(open_checkpoint(folder), PlanOptions()).can_convert


def test_mlx_own_settings_come_first(tmp_path):
    """mlx-lm does not look at quantization_config then; what is wrong is wrong for another reason."""
    folder = with_tokenizer(save_published(FamilyModel("qwen3"), tmp_path / "model"))
    with_config(
        folder,
        quantization={"group_size": 64, "bits": 4},
        quantization_config={"quant_method": "awq"},
        hidden_size=64,
    )
    assert CODE not in {f.code for f in prepare_plan(open_checkpoint(folder), PlanOptions()).findings}


def test_every_sign_names_a_method():
    assert {method for _, method in SIGNS} <= METHODS.keys()
