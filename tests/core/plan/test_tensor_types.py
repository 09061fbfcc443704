"""Types of tensors: what llama.cpp wants as F32 whatever was chosen, and when packed blocks can stay packed."""

import pytest
from gguf import GGMLQuantizationType

from app.core.architectures.ops import AddConstant, Columns, NegativeExp, Pick, Rows, Scale, Transpose
from app.core.checkpoint.quantization import Quantization
from app.core.plan import OutputType
from app.core.plan.tensor_types import byte_size, choose_type, is_readable
from tests.core.weights.one_tensor import packed, plain

MXFP4 = Quantization(4, 32, "mxfp4")
AUTO = OutputType.AUTO


def name_of(tensor, name="blk.0.ffn_up.weight", output_type=AUTO, ops=(), shape=None):
    return choose_type(tensor, name, shape or tensor.shape, output_type, ops)[0].name


@pytest.mark.parametrize("output_type", list(OutputType))
@pytest.mark.parametrize(
    "name",
    [
        "blk.0.attn_norm.weight",
        "blk.0.ffn_gate_inp.weight",
        "blk.0.ssm_conv1d.weight",
        "blk.0.ssm_a",
        "blk.0.shortconv.conv.weight",
        "blk.0.ssm_norm.weight",
        "blk.0.ffn_gate_exps.bias",
    ],
)
def test_some_matrices_are_always_f32(name, output_type):
    assert name_of(plain("BF16", 4, 64), name, output_type) == "F32"
    assert name_of(packed("U8", (4, 64), MXFP4), name, output_type) == "F32"


def test_vectors_are_f32_and_matrices_keep_or_get_the_chosen_type():
    assert name_of(plain("BF16", 64)) == "F32"
    assert [name_of(plain(dtype, 4, 64)) for dtype in ("BF16", "F16", "F32")] == ["BF16", "F16", "F32"]
    assert [name_of(plain("BF16", 4, 64), output_type=kind) for kind in list(OutputType)[1:]] == [
        *("F32", "F16", "BF16", "Q8_0")
    ]
    assert name_of(packed("BF16", (4, 64), Quantization(4, 64))) == "F16"


def test_rows_that_are_no_whole_blocks_become_f16_with_a_remark():
    kind, remark = choose_type(plain("BF16", 4, 48), "blk.0.ffn_up.weight", (4, 48), OutputType.Q8_0)
    assert kind is GGMLQuantizationType.F16
    assert "48" in remark
    assert name_of(plain("BF16", 4, 48), output_type=OutputType.Q8_0, shape=(2, 3, 32)) == "Q8_0"  # the file's rows


@pytest.mark.parametrize(
    ("op", "stays"),
    [
        (Rows((Pick((2, 2), (1, 0)),)), True),
        (Columns((Pick((4, 2, 32), (1, 0, 2)),)), True),
        (Columns((Pick((2, 128), part=((0, 2), (32, 96))),)), True),
        (Columns((Pick((2, 128), part=((0, 2), (16, 80))),)), False),
        (Columns((Pick((128,), offset=128),)), True),
        (Columns((Pick((128,), offset=16),)), False),
        (Columns((Pick((8, 2, 16), (1, 0, 2)),)), False),
        (Columns((Pick((8, 32), (1, 0)),)), False),
        (Columns((Pick((64,)), Pick((8, 24), (1, 0)))), False),
        (Transpose(4), False),
        (AddConstant(1.0), False),
        (Scale(0.5), False),
        (NegativeExp(), False),
    ],
)
def test_mxfp4_stays_packed_where_whole_blocks_move(op, stays):
    tensor = packed("U8", (4, 256), MXFP4)
    assert name_of(tensor) == "MXFP4"
    assert name_of(tensor, ops=(op,)) == ("MXFP4" if stays else "BF16")
    assert name_of(tensor, output_type=OutputType.Q8_0, ops=(op,)) == ("MXFP4" if stays else "Q8_0")


def test_what_can_be_read():
    assert all(is_readable(plain(dtype, 2)) for dtype in ("BF16", "F16", "F32"))
    assert is_readable(packed("BF16", (2, 64), Quantization(3, 64)))
    assert is_readable(packed("U8", (2, 64), MXFP4))
    for mode in ("mxfp8", "nvfp4", "newer"):
        assert not is_readable(packed("U8", (2, 64), Quantization(8, 32, mode)))
    assert not is_readable(packed("BF16", (2, 64), MXFP4))
    assert not any(is_readable(plain(dtype, 2)) for dtype in ("F64", "I32", "U8", "F8_E4M3"))


def test_bytes_are_those_of_whole_blocks():
    assert byte_size((2, 3, 64), GGMLQuantizationType.Q8_0) == 6 * 2 * 34
    assert byte_size((2, 64), GGMLQuantizationType.MXFP4) == 2 * 2 * 17
