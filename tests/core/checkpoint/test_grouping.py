"""Packed words, scales and biases become one tensor of the logical shape."""

import json
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path

import mlx.core as mx
import pytest
from mlx_lm.convert import mixed_quant_predicate_builder
from mlx_lm.models.switch_layers import SwitchLinear

from app.core.checkpoint import StoredTensor, WeightFile, open_checkpoint
from app.core.checkpoint.grouping import group_tensors
from app.core.checkpoint.quantization import (
    MODE_DEFAULTS,
    Quantization,
    QuantizationSettings,
    quantization_settings,
)
from app.core.model.packing import is_readable
from tests.core.weights import one_tensor
from tests.tiny_checkpoints import EMBEDDING, HEAD, _model, gemma3_config, gemma3_folder, huggingface_tensors, row_count

COMBINATIONS = [
    {"bits": bits, "group_size": group_size} for bits, group_size in product((2, 3, 4, 5, 6, 8), (32, 64, 128))
]


@pytest.fixture(scope="module")
def logical_shapes():
    return {name: values.shape for name, values in huggingface_tensors(gemma3_config(row_count())).items()}


def expect_logical_shapes(checkpoint, logical_shapes):
    assert checkpoint.findings == ()
    assert {tensor.name: tensor.shape for tensor in checkpoint.tensors} == logical_shapes
    assert {tensor.dtype for tensor in checkpoint.tensors} == {"BF16"}
    assert checkpoint.byte_count == sum(path.stat().st_size for path in checkpoint.folder.glob("*.safetensors")) - sum(
        min(part.offset for tensor in checkpoint.tensors for part in tensor.parts if part.file == file)
        for file in checkpoint.files
    )


def test_default_of_mlx_lm(tmp_path, logical_shapes):
    checkpoint = open_checkpoint(gemma3_folder(tmp_path / "q4", quantize=lambda _: True, shard_bytes=200_000))
    expect_logical_shapes(checkpoint, logical_shapes)
    for tensor in checkpoint.tensors:
        is_matrix = len(tensor.shape) > 1
        assert tensor.quantization == (Quantization(4, 64) if is_matrix else None)
        assert len(tensor.parts) == (3 if is_matrix else 1)


def test_settings_of_single_modules(tmp_path, logical_shapes):
    """Every width of bits and groups in one folder, and modules that are left alone."""
    choices, chosen = cycle([*COMBINATIONS, True, False]), {}

    def choose(path):
        chosen[path] = next(choices)
        return chosen[path]

    checkpoint = open_checkpoint(gemma3_folder(tmp_path / "mixed", quantize=choose))
    expect_logical_shapes(checkpoint, logical_shapes)
    matrices = {tensor.name.removesuffix(".weight"): tensor for tensor in checkpoint.tensors if len(tensor.shape) > 1}
    assert matrices.keys() == chosen.keys()
    assert len(chosen) > len(COMBINATIONS) + 2
    for path, choice in chosen.items():
        expected = Quantization(**choice) if isinstance(choice, dict) else Quantization(4, 64) if choice else None
        assert matrices[path].quantization == expected


FILE = WeightFile(Path("model.safetensors"), 0, 0, 0)
FOUR_BITS = QuantizationSettings(Quantization(4, 64), {"left.alone": None})


def stored(name, shape, dtype="BF16"):
    return StoredTensor(name, dtype, shape, FILE, 0, 0)


def packed(module="m", words=(8, 16), scales=(8, 2), biases=(8, 2), dtype="U32"):
    """4 bits in groups of 64 for 128 columns, if nothing else is said."""
    parts = [stored(f"{module}.weight", words, dtype), stored(f"{module}.scales", scales)]
    return parts if biases is None else [*parts, stored(f"{module}.biases", biases)]


def test_order_of_the_file_and_companions_elsewhere():
    words, *companions = packed()
    tensors = group_tensors([companions[0], stored("norm.weight", (8,)), words, companions[1]], FOUR_BITS)
    assert [(tensor.name, tensor.shape) for tensor in tensors] == [("norm.weight", (8,)), ("m.weight", (8, 128))]
    assert tensors[1].parts == (words, *companions)


def test_stacked_experts():
    (tensor,) = group_tensors(packed(words=(3, 8, 16), scales=(3, 8, 2), biases=(3, 8, 2)), FOUR_BITS)
    assert tensor.is_settled
    assert tensor.shape == (3, 8, 128)


CONTRADICTIONS = {
    "words that no group has": (packed(words=(8, 14)), FOUR_BITS, "(8, 14) and (8, 2) do not fit any bit width"),
    "words that do not divide": (packed(words=(8, 15)), FOUR_BITS, "do not fit any bit width"),
    "no words for 8-bit scales": (
        [stored("m.weight", (8, 32), "U32"), stored("m.scales", (8, 2), "U8")],
        FOUR_BITS,
        "do not fit any bit width",
    ),
    "other rows": (packed(scales=(7, 2), biases=(7, 2)), FOUR_BITS, "do not fit"),
    "other rank": (packed(scales=(16,), biases=(16,)), FOUR_BITS, "do not fit"),
    "number": (packed(words=(), scales=(), biases=()), FOUR_BITS, "not U32"),
    "words of another dtype": (packed(dtype="I32"), FOUR_BITS, "I32, not U32"),
    "missing biases": (packed(biases=None), FOUR_BITS, "biases are missing"),
    "missing biases, settings too": (packed(biases=None), None, "biases are missing"),
    "missing biases of another mode": (
        packed(scales=(8, 4), biases=None),
        QuantizationSettings(Quantization(4, 32, "mxfp4")),
        "biases are missing",
    ),
    "biases of another shape": (packed(biases=(8, 1)), FOUR_BITS, "differ from its scales in shape or dtype"),
    "biases of another dtype": (
        [*packed(biases=None), stored("m.biases", (8, 2), "F32")],
        FOUR_BITS,
        "differ from its scales in shape or dtype",
    ),
}


@pytest.mark.parametrize(("parts", "settings", "words"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_contradiction(parts, settings, words):
    sound = stored("norm.weight", (8,))
    tensor, norm = group_tensors([*parts, sound], settings)
    assert words in tensor.contradiction
    assert not tensor.is_settled
    assert tensor.parts == tuple(parts)
    assert norm.is_settled


EIGHT_WORDS_A_SCALE = (Quantization(2, 128), Quantization(4, 64), Quantization(8, 32))


@pytest.mark.parametrize(
    ("module", "settings"),
    [
        ("m", None),
        ("left.alone", FOUR_BITS),
        ("m", QuantizationSettings(Quantization(8, 64))),
        ("m", QuantizationSettings(Quantization(4, 32), {"m": Quantization(6, 32)})),
        ("m", QuantizationSettings(Quantization(4, 32, "mxfp4"))),
        ("m", QuantizationSettings(Quantization(4, 64, "newer"))),
        ("m", QuantizationSettings(None, faults=("nothing is known",))),
    ],
)
def test_shapes_allow_several_ways_where_settings_name_none(module, settings):
    (tensor,) = group_tensors(packed(module), settings)
    assert (tensor.quantization, tensor.ways, tensor.contradiction) == (None, EIGHT_WORDS_A_SCALE, "")
    assert not tensor.is_settled


def test_settings_that_the_shapes_allow_count_for_the_time_being():
    for way, width in zip(EIGHT_WORDS_A_SCALE, (256, 128, 64), strict=True):
        (tensor,) = group_tensors(packed(), QuantizationSettings(way))
        assert (tensor.quantization, tensor.shape, tensor.ways) == (way, (8, width), EIGHT_WORDS_A_SCALE)
        assert tensor.is_settled


@pytest.mark.parametrize("way", [Quantization(1, 32), Quantization(5, 32), Quantization(5, 64), Quantization(6, 128)])
@pytest.mark.parametrize("settings", [None, FOUR_BITS, QuantizationSettings(Quantization(4, 64), {"m": None})])
def test_the_only_way_that_shapes_allow(way, settings):
    words = 2 * way.bits * way.group_size // 32
    (tensor,) = group_tensors(packed(words=(8, words)), settings)
    assert (tensor.quantization, tensor.shape, tensor.ways) == (way, (8, 2 * way.group_size), ())


def test_modes_without_biases():
    settings = QuantizationSettings(Quantization(4, 32, "mxfp4"))
    (tensor,) = group_tensors([stored("m.weight", (8, 16), "U32"), stored("m.scales", (8, 4), "U8")], settings)
    assert tensor.is_settled
    assert (tensor.shape, tensor.biases) == ((8, 128), None)


def test_a_mode_that_is_newer_than_this_is_not_read():
    newer = Quantization(4, 64, "newer")
    for settings, parts in (
        (QuantizationSettings(newer), packed(biases=None)),
        (QuantizationSettings(None, {"m": newer}), packed()),
    ):
        (tensor,) = group_tensors(parts, settings)
        assert tensor.quantization == newer
        assert not is_readable(tensor)


def floats(module="m", words=(3, 8, 16), scales=(3, 8, 8), global_scale=(3,), dtype="F32"):
    """4 bits in groups of 16 for 128 columns of three experts."""
    parts = [stored(f"{module}.weight", words, "U32"), stored(f"{module}.scales", scales, "U8")]
    return parts if global_scale is None else [*parts, stored(f"{module}.global_scale", global_scale, dtype)]


NVFP4 = Quantization(4, 16, "nvfp4")
NV_SETTINGS = QuantizationSettings(NVFP4, {"with.one": replace(NVFP4, has_global_scale=True)})


@pytest.mark.parametrize(
    ("parts", "has_one"),
    [
        (floats(), True),
        (floats(dtype="BF16"), True),
        (floats(global_scale=(3, 1, 1)), True),
        (floats(words=(8, 16), scales=(8, 8), global_scale=()), True),
        (floats("with.one", words=(8, 16), scales=(8, 8), global_scale=(1,)), True),
        (floats(global_scale=None), False),
    ],
)
def test_a_scale_for_a_whole_matrix_belongs_to_it(parts, has_one):
    (tensor,) = group_tensors(parts[::-1], NV_SETTINGS)
    assert tensor.is_settled
    assert tensor.parts == tuple(parts)
    assert (tensor.shape[-1], tensor.dtype) == (128, "U8")
    assert tensor.quantization == replace(NVFP4, has_global_scale=has_one)


@pytest.mark.parametrize(
    ("parts", "settings", "words"),
    [
        (floats(global_scale=(2,)), NV_SETTINGS, "global scale is F32 of shape (2,)"),
        (floats(dtype="U32"), NV_SETTINGS, "global scale is U32"),
        (floats("with.one", global_scale=None), NV_SETTINGS, "global scale is missing"),
        (floats(scales=(3, 8, 4)), QuantizationSettings(Quantization(4, 32, "mxfp4")), "mode mxfp4 does not use"),
        (
            [*floats(words=(8, 16), scales=(8, 4), global_scale=None), stored("m.biases", (8, 4), "U8")],
            QuantizationSettings(Quantization(4, 32, "mxfp4")),
            "it has biases",
        ),
    ],
)
def test_contradictions_of_small_floats(parts, settings, words):
    (tensor,) = group_tensors(parts, settings)
    assert words in tensor.contradiction


@pytest.mark.parametrize(
    ("scales", "mode"), [((8, 8), "nvfp4"), ((8, 4), "mxfp4"), ((8, 2), "mxfp8")], ids=["nvfp4", "mxfp4", "mxfp8"]
)
def test_modules_that_the_settings_do_not_name_have_the_mode_of_their_shapes(scales, mode):
    """As mlx-lm loads them, whatever the default."""
    parts = [stored("m.weight", (8, 16), "U32"), stored("m.scales", scales, "U8")]
    named = QuantizationSettings(Quantization(4, 64), {"m": Quantization(4, 64)})
    defaults = (Quantization(4, 64), Quantization(8, 32, "mxfp8"), NVFP4, None)
    for settings in (None, named, *map(QuantizationSettings, defaults)):
        (tensor,) = group_tensors(parts, settings)
        assert tensor.quantization == one_tensor.floats(mode)


BLOCKS = quantization_settings({"quantization": {"mode": "kquant", "per_tensor": {"m": "q4_k", "experts": "q6_k"}}})


@pytest.mark.parametrize(
    ("name", "rows", "shape"), [("m", (8, 288), (8, 512)), ("experts", (3, 8, 210), (3, 8, 256))], ids=["q4_k", "q6_k"]
)
def test_blocks_of_gguf_are_whole_and_have_no_companions(name, rows, shape):
    words, placeholder = stored(f"{name}.weight", rows, "U8"), stored(f"{name}.scales", (1,), "U8")
    for parts in ([words, placeholder], [placeholder, words], [words]):
        (tensor,) = group_tensors(parts, BLOCKS)
        assert tensor.is_settled
        assert (tensor.shape, tensor.dtype, tensor.parts) == (shape, "U8", (words,))
        assert tensor.stored_type == {"m": "Q4_K", "experts": "Q6_K"}[name]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([stored("m.weight", (8, 287), "U8")], "rows of 287 bytes are not a whole number of q4_k blocks"),
        ([stored("m.weight", (8, 512), "BF16")], "its blocks are BF16 of shape (8, 512), not rows of U8"),
        ([stored("m.weight", (), "U8")], "its blocks are U8 of shape ()"),
        ([stored("m.weight", (8, 144), "U8"), stored("m.biases", (8, 1))], "m.biases"),
    ],
)
def test_contradictions_of_blocks(parts, words):
    (tensor,) = group_tensors(parts, BLOCKS)
    assert words in tensor.contradiction
    assert not is_readable(tensor)


@pytest.mark.parametrize("recipe", ["mixed_2_6", "mixed_3_4", "mixed_3_6", "mixed_4_6"])
def test_recipes_of_mlx_lm(recipe, tmp_path, logical_shapes):
    """They give single layers, and the head, more bits."""
    predicate = mixed_quant_predicate_builder(recipe, _model(gemma3_config(row_count())))
    folder = gemma3_folder(tmp_path / "model", quantize=lambda path: predicate(path, None))  # type: ignore[call-arg]
    checkpoint = open_checkpoint(folder)
    expect_logical_shapes(checkpoint, logical_shapes)
    low, high = (int(bits) for bits in recipe.removeprefix("mixed_").split("_"))
    assert {t.quantization.bits for t in checkpoint.tensors if t.quantization} == {low, high}


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_scales_have_the_dtype_of_the_model(dtype, tmp_path, logical_shapes):
    checkpoint = open_checkpoint(gemma3_folder(tmp_path / "model", "copied", dtype=dtype, quantize=lambda _: True))
    assert checkpoint.findings == ()
    assert {tensor.dtype for tensor in checkpoint.tensors} == {{"float16": "F16", "float32": "F32"}[dtype]}
    shapes = {tensor.name: tensor.shape for tensor in checkpoint.tensors}
    assert shapes == {**logical_shapes, HEAD: logical_shapes[EMBEDDING]}


@pytest.mark.parametrize("mode", ["mxfp4", "mxfp8", "nvfp4"])
def test_every_mode_that_mlx_lm_saves(mode, tmp_path, logical_shapes):
    how = {"mode": mode, **MODE_DEFAULTS[mode]}
    checkpoint = open_checkpoint(gemma3_folder(tmp_path / "model", quantize=lambda _: how))
    assert checkpoint.findings == ()
    assert {tensor.name: tensor.shape for tensor in checkpoint.tensors} == logical_shapes
    assert {t.quantization for t in checkpoint.tensors if len(t.shape) > 1} == {one_tensor.floats(mode)}


@pytest.mark.parametrize("has_global_scale", [False, True])
def test_experts_that_mlx_lm_saves(has_global_scale, tmp_path):
    layer = SwitchLinear(64, 32, 4, bias=False)
    packed_layer = layer.to_quantized(16, 4, "nvfp4", global_scale=has_global_scale)
    arrays = {f"m.{name}": value for name, value in packed_layer.parameters().items() if value is not None}
    mx.save_safetensors(str(tmp_path / "model.safetensors"), arrays, {"format": "mlx"})
    settings = {"bits": 4, "group_size": 16, "mode": "nvfp4"}
    single = {"m": {**settings, "global_scale": True}} if has_global_scale else {}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "none", "quantization": {**settings, **single}}))
    (tensor,) = open_checkpoint(tmp_path).tensors
    assert tensor.shape == (4, 32, 64)
    assert tensor.quantization == replace(NVFP4, has_global_scale=has_global_scale)
    assert len(tensor.parts) == (3 if has_global_scale else 2)
