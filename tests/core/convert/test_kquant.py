"""Folders that hold GGUF's own blocks: the file has the bytes that ggml makes of the same model in GGUF's order."""

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import CODECS
from app.core.convert import convert, prepare_plan
from app.core.describe.summary import DECODED
from app.core.encode.encoder import copied_blocks
from app.core.errors import ConversionError
from app.core.ggml_library import dequantize_blocks
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.core.convert.kquant_folder import ggml_blocks, repacked
from tests.golden.mix_models import save_case
from tests.quick_reader import QuickReader


@pytest.fixture(scope="module", params=["dense", "four-experts", "tied"])
def folders(request, tmp_path_factory):
    """A folder in bfloat16, and the same in blocks."""
    root = tmp_path_factory.mktemp(request.param)
    plain = save_case(request.param, root / "plain")
    return plain, repacked(plain, root / "blocks")


def written(folder, target, output_type):
    """Tensors of the file: type, and raw bytes or values."""
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(OutputType(output_type)))
    assert plan.can_convert, [finding.what for finding in plan.blockers]
    file = convert(plan, target)
    tensors = {t.name: (t.tensor_type, np.array(t.data)) for t in QuickReader(file.path).tensors}
    return plan, file, tensors


@pytest.fixture(scope="module")
def values(folders, tmp_path_factory):
    """By tensor, as the file of the folder in bfloat16 has them in float32."""
    _, _, tensors = written(folders[0], tmp_path_factory.mktemp("f32") / "f32.gguf", "f32")
    return {name: data for name, (_, data) in tensors.items()}


@pytest.fixture(scope="module")
def kept(folders, tmp_path_factory):
    """Tensors of the file that keeps the blocks."""
    return written(folders[1], tmp_path_factory.mktemp("kept") / "blocks.gguf", "auto")[2]


@pytest.mark.parametrize("output_type", ["auto", "lossless"])
def test_every_byte_is_what_ggml_makes_of_the_values_in_gguf_order(folders, values, output_type, tmp_path):
    _, blocks = folders
    plan, file, found = written(blocks, tmp_path / "blocks.gguf", output_type)
    assert found.keys() == values.keys()
    types = {tensor.name: tensor.type for tensor in plan.tensors if tensor.sources[0].quantization}
    assert len(set(types.values())) >= 7
    for name, wanted in values.items():
        kind, data = found[name]
        if name not in types:
            assert np.array_equal(data, wanted), name
            continue
        assert kind is types[name]
        assert data.tobytes() == ggml_blocks(wanted, kind.name.lower()).tobytes(), name
        assert file.errors[name] == 0
    copied = {t.name.rpartition(".")[0].rpartition(".")[2]: DECODED[t.method] for t in plan.tensors if t.name in types}
    assert set(copied.values()) == {"blocks kept"}
    (how_exact,) = [finding for finding in plan.findings if finding.code == "packed-weights"]
    assert how_exact.what.startswith(f"{len(types)} of {len(types)} quantized tensors keep")


@pytest.mark.parametrize("output_type", ["f32", "f16", "q8_0", "q4_k_m"])
def test_other_types_hold_the_decoded_values(folders, kept, output_type, tmp_path):
    _, blocks = folders
    plan, _, found = written(blocks, tmp_path / "other.gguf", output_type)
    for tensor in plan.tensors:
        kind, data = found[tensor.name]
        was, stored = kept[tensor.name]
        if not tensor.sources[0].quantization or kind is was:
            assert data.tobytes() == stored.tobytes()
            continue
        values = dequantize(stored, was)
        casts = {GGMLQuantizationType.F32: np.float32, GGMLQuantizationType.F16: np.float16}
        expected = values.astype(casts[kind]) if kind in casts else ggml_blocks(values, kind.name.lower())
        assert data.tobytes() == expected.tobytes(), tensor.name


def test_a_scale_that_is_no_number_is_refused(folders, tmp_path):
    _, blocks = folders
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in blocks.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    name = "model.layers.0.self_attn.q_proj.weight"
    stored = next(t.stored for t in open_checkpoint(broken).tensors if t.name == name)
    with (broken / "model.safetensors").open("r+b") as file:
        file.seek(stored.offset + 144)
        file.write(b"\x00\x7e")
    with pytest.raises(ConversionError, match=rf"{name} holds 256 values that are NaN"):
        written(broken, tmp_path / "broken.gguf", "auto")
    assert not (tmp_path / "broken.gguf").exists()


@pytest.mark.parametrize("codec", CODECS)
def test_blocks_of_any_bits_decode_as_gguf_says(codec):
    """And every value that is none is counted, if not with its whole block."""
    kind = GGMLQuantizationType[codec.upper()]
    _, block_bytes = GGML_QUANT_SIZES[kind]
    raw = np.random.default_rng(1).integers(0, 256, 2048 * block_bytes, np.uint8)
    with np.errstate(all="ignore"):
        expected = dequantize(raw.reshape(-1, block_bytes), kind)
    values = dequantize_blocks(raw, kind).reshape(expected.shape)
    is_number = np.isfinite(expected)
    assert np.array_equal(np.isfinite(values), is_number)
    assert np.array_equal(values[is_number], expected[is_number])
    found = copied_blocks(raw, kind)
    assert found.data is raw
    bad_blocks = np.count_nonzero(~is_number.all(axis=1))
    assert (found.non_finite > 0) == (bad_blocks > 0) or kind is GGMLQuantizationType.MXFP4
    if kind is GGMLQuantizationType.MXFP4:
        assert found.non_finite == 32 * np.count_nonzero(raw[::block_bytes] == 255) > 0
