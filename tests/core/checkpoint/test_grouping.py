"""Packed words, scales and biases become one tensor of the logical shape."""

from itertools import cycle, product
from pathlib import Path

import pytest

from app.core.checkpoint import StoredTensor, WeightFile, open_checkpoint
from app.core.checkpoint.grouping import group_tensors
from app.core.checkpoint.quantization import Quantization, QuantizationSettings
from tests.expect_finding import STOP, expect_finding
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, huggingface_tensors, row_count

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
    tensors, findings = group_tensors([companions[0], stored("norm.weight", (8,)), words, companions[1]], FOUR_BITS)
    assert findings == ()
    assert [(tensor.name, tensor.shape) for tensor in tensors] == [("norm.weight", (8,)), ("m.weight", (8, 128))]
    assert tensors[1].parts == (words, *companions)


def test_stacked_experts():
    (tensor,), findings = group_tensors(packed(words=(3, 8, 16), scales=(3, 8, 2), biases=(3, 8, 2)), FOUR_BITS)
    assert findings == ()
    assert tensor.shape == (3, 8, 128)


CONTRADICTIONS = {
    "scales without settings": (packed(), None, "does not say that it is quantized"),
    "scales of an exception": (packed("left.alone"), FOUR_BITS, "does not say that it is quantized"),
    "other bits": (packed(), QuantizationSettings(Quantization(8, 64)), "do not fit 8 bits"),
    "other groups": (packed(), QuantizationSettings(Quantization(4, 32)), "in groups of 32"),
    "bits that do not divide": (packed(words=(8, 2)), QuantizationSettings(Quantization(5, 32)), "do not fit 5 bits"),
    "other rows": (packed(scales=(7, 2), biases=(7, 2)), FOUR_BITS, "do not fit"),
    "other rank": (packed(scales=(16,), biases=(16,)), FOUR_BITS, "do not fit"),
    "number": (packed(words=(), scales=(), biases=()), FOUR_BITS, "not U32"),
    "words of another dtype": (packed(dtype="I32"), FOUR_BITS, "I32, not U32"),
    "missing biases": (packed(biases=None), FOUR_BITS, "biases are missing"),
    "biases of another shape": (packed(biases=(8, 1)), FOUR_BITS, "shape and dtype of its scales"),
    "biases of another dtype": (
        [*packed(biases=None), stored("m.biases", (8, 2), "F32")],
        FOUR_BITS,
        "shape and dtype of its scales",
    ),
}


@pytest.mark.parametrize(("parts", "settings", "words"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_contradiction(parts, settings, words):
    sound = stored("norm.weight", (8,))
    tensors, findings = group_tensors([*parts, sound], settings)
    module = parts[0].name.removesuffix(".weight")
    finding = expect_finding(findings, "quantization-contradiction", STOP, module)
    assert module in finding.what
    assert words in finding.what
    assert [tensor.name for tensor in tensors] == ["norm.weight"]


def test_modes_without_biases():
    settings = QuantizationSettings(Quantization(4, 32, "mxfp4"))
    (tensor,), findings = group_tensors(packed(scales=(8, 4), biases=None), settings)
    assert findings == ()
    assert (tensor.shape, tensor.biases) == ((8, 128), None)
