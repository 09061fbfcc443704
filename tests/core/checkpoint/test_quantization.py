"""MLX's quantization settings as config.json has them."""

import json
from itertools import product

import mlx.core as mx
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from mlx.nn.layers.linear import Linear

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import (
    AFFINE_BITS,
    CODECS,
    GROUP_SIZES,
    MODE_DEFAULTS,
    Quantization,
    quantization_settings,
)
from tests.expect_finding import STOP, expect_finding

DEFAULT = {"bits": 4, "group_size": 64}


def settings_of(config):
    settings = quantization_settings(config)
    assert settings is not None
    return settings


@pytest.mark.parametrize(
    ("config", "default"),
    [
        ({}, None),
        ({"quantization": None}, None),
        ({"quantization": DEFAULT}, Quantization(4, 64)),
        ({"quantization": {**DEFAULT, "mode": "affine"}}, Quantization(4, 64)),
        ({"quantization_config": DEFAULT}, Quantization(4, 64)),
        ({"quantization": {"bits": 8, "group_size": 32}, "quantization_config": DEFAULT}, Quantization(8, 32)),
        ({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128}}, None),
        ({"quantization": {"bits": 4, "group_size": 32, "mode": "mxfp4"}}, Quantization(4, 32, "mxfp4")),
    ],
)
def test_default(config, default):
    settings = quantization_settings(config)
    assert (settings.default if settings else None) == default


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({"bits": 8, "group_size": 32}, Quantization(8, 32)),
        ({"bits": 8}, Quantization(8, 64)),
        ({"group_size": 32}, Quantization(4, 32)),
        ({"mode": "mxfp8"}, Quantization(8, 32, "mxfp8")),
        (False, None),
        (True, Quantization(6, 128)),
    ],
)
def test_exception(override, expected):
    settings = quantization_settings({"quantization": {"bits": 6, "group_size": 128, "layers.0.mlp": override}})
    assert settings is not None
    assert settings.for_module("layers.0.mlp") == expected
    assert settings.for_module("layers.1.mlp") == Quantization(6, 128)


@pytest.mark.parametrize("in_config", ["", "language_model.", "model.language_model."])
@pytest.mark.parametrize("in_folder", ["", "language_model.", "model.language_model."])
def test_names_fit_with_and_without_a_wrapper(in_config, in_folder):
    def wrapped(wrapper, path):
        return wrapper + (path.removeprefix("model.") if wrapper.startswith("model.") else path)

    path, other = "model.layers.0.mlp.up_proj", "model.layers.1.mlp.up_proj"
    settings = settings_of({"quantization": {**DEFAULT, wrapped(in_config, path): {"bits": 8}}})
    assert settings.for_module(wrapped(in_folder, path)) == Quantization(8, 64)
    assert settings.for_module(wrapped(in_folder, other)) == Quantization(4, 64)


def test_a_name_that_is_there_counts_more_than_one_that_fits():
    settings = settings_of({"quantization": {**DEFAULT, "language_model.lm_head": {"bits": 8}, "lm_head": False}})
    assert settings.for_module("language_model.lm_head") == Quantization(8, 64)
    assert settings.for_module("lm_head") is None


def test_settings_of_the_text_part():
    assert settings_of({"text_config": {"quantization": DEFAULT}}).default == Quantization(4, 64)
    assert settings_of({"quantization": DEFAULT, "text_config": {"quantization": 5}}).default == Quantization(4, 64)


@pytest.mark.parametrize("codec", CODECS)
def test_blocks_of_gguf(codec):
    per_tensor = {"model.layers.0.mlp.up_proj": codec}
    settings = settings_of({"quantization_config": {"mode": "kquant", "per_tensor": per_tensor}})
    packing = settings.for_module("model.layers.0.mlp.up_proj")
    block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType[codec.upper()]]
    assert packing is not None
    assert (packing.mode, packing.group_size, packing.group_bytes) == ("kquant", block, block_bytes)
    assert packing.bits <= 8 * block_bytes / block < packing.bits + 1.1
    assert settings.for_module("model.layers.1.mlp.up_proj") is None


@pytest.mark.parametrize("mode", MODE_DEFAULTS)
def test_what_an_exception_leaves_open_is_what_mlx_takes(mode):
    layer = Linear(128, 8).to_quantized(mode=mode)
    assert {"bits": layer.bits, "group_size": layer.group_size} == MODE_DEFAULTS[mode]


def test_mlx_knows_the_same_bits_and_groups():
    choices = list(product(range(10), (16, 32, 48, 64, 96, 128, 256)))
    known = {(bits, size) for bits, size in choices if bits in AFFINE_BITS and size in GROUP_SIZES}
    assert {choice for choice in choices if mlx_packs(*choice)} == known


def mlx_packs(bits, group_size):
    try:
        mx.eval(mx.quantize(mx.zeros((4, 768)), group_size, bits))
    except ValueError:
        return False
    return True


NONSENSE = [
    ({}, "lacks bits"),
    ({"bits": 4}, "lacks bits or group_size"),
    ({"bits": "4", "group_size": 64}, "lacks bits"),
    ({"bits": True, "group_size": 64}, "lacks bits"),
    ({"bits": 4.0, "group_size": 64}, "lacks bits"),
    ({"bits": 7, "group_size": 64}, "7 bits"),
    ({"bits": 4, "group_size": 63}, "groups of 63"),
    ({"bits": 0, "group_size": 32, "mode": "mxfp4"}, "0 bits"),
    ({"bits": 8, "group_size": 32, "mode": "mxfp4"}, "8 bits in groups of 32"),
    ({"bits": 4, "group_size": 32, "mode": "nvfp4"}, "4 bits in groups of 32"),
    ({"bits": 4, "group_size": -32, "mode": "nvfp4"}, "groups of -32"),
    ({**DEFAULT, "mode": 5}, "mode of the model"),
    ({**DEFAULT, "layers.0": {"bits": 9}}, "layers.0"),
    ({**DEFAULT, "layers.0": {"mode": ["affine"]}}, "layers.0"),
    ({**DEFAULT, "layers.0": {"mode": "of another world"}}, "layers.0"),
]


@pytest.mark.parametrize(("quantization", "words"), NONSENSE)
def test_what_cannot_be_understood_is_not_said(quantization, words):
    settings = settings_of({"quantization": {**quantization, "layers.1": {"bits": 6}}})
    (fault,) = settings.faults
    assert words in fault
    assert settings.for_module("layers.1") == Quantization(6, 64)
    is_about_a_module = "layers.0" in quantization
    assert settings.default == (Quantization(4, 64) if is_about_a_module else None)
    assert settings.for_module("layers.0") == settings.default


@pytest.mark.parametrize(
    ("quantization", "words"),
    [
        (3, "not an object"),
        ([], "not an object"),
        (False, "not an object"),
        ({"mode": "kquant"}, "per_tensor is not an object"),
        ({"mode": "kquant", "per_tensor": ["q4_k"]}, "per_tensor is not an object"),
        ({"mode": "kquant", "per_tensor": {"layers.0": "q2_0"}}, "'q2_0' blocks, which llama.cpp does not know"),
        ({"mode": "kquant", "per_tensor": {"layers.0": "f16"}}, "layers.0 is stored in 'f16' blocks"),
        ({"mode": "kquant", "per_tensor": {"layers.0": ["q4_k"]}}, "layers.0 is stored in"),
        ({"mode": "kquant", "per_tensor": {"layers.0": "Q4_K"}}, "layers.0 is stored in"),
    ],
)
def test_nonsense(folder, quantization, words):
    (folder / "config.json").write_text(json.dumps({"model_type": "tiny", "quantization": quantization}))
    checkpoint = open_checkpoint(folder)
    finding = expect_finding(checkpoint.findings, "bad-quantization", STOP, "config.json")
    assert words in finding.what
    assert checkpoint.quantization is None
    assert len(checkpoint.tensors) == 2
