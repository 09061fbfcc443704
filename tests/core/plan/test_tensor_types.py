"""Types of tensors: what llama.cpp wants as F32 whatever was chosen, and when packed blocks can stay packed."""

import pytest
from gguf import GGMLQuantizationType

from app.core.architectures.ops import (
    NOTHING,
    AddConstant,
    Change,
    Columns,
    NegativeExp,
    PadRows,
    Pick,
    Rows,
    Scale,
    Transpose,
    on_values,
)
from app.core.checkpoint.quantization import Quantization
from app.core.describe.summary import DECODED
from app.core.ggml_types import OutputType
from app.core.model.facts import Rounding, WeightFacts
from app.core.model.packing import is_readable
from app.core.plan import PlanOptions
from app.core.plan.types.mix import MixFacts
from app.core.plan.types.tensor_types import Draft, TypeRules, byte_size, choose_types
from tests.core.weights.one_tensor import packed, plain

MXFP4, MXFP8 = Quantization(4, 32, "mxfp4"), Quantization(8, 32, "mxfp8")
NVFP4, NVFP4_GLOBAL = Quantization(4, 16, "nvfp4"), Quantization(4, 16, "nvfp4", has_global_scale=True)
Q4_K, Q8_0 = Quantization(4, 256, "kquant", codec="q4_k"), Quantization(8, 32, "kquant", codec="q8_0")
AUTO = OutputType.AUTO


LOSSLESS = OutputType.LOSSLESS


def chosen(tensor, name="blk.0.ffn_up.weight", output_type=AUTO, change=NOTHING, shape=None, rounding=None):
    draft = Draft(name, shape or tensor.shape, (tensor,), change)
    facts = WeightFacts(roundings={tensor.name: rounding} if rounding else {})
    (one,) = choose_types([draft], TypeRules(PlanOptions(output_type), MixFacts(1, 0, 1), facts))
    return one


def name_of(*args, **kwargs):
    return chosen(*args, **kwargs).type.name


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


def test_a_family_may_have_such_a_matrix_in_the_type_that_was_chosen():
    draft = Draft("blk.0.ffn_gate_inp.weight", (4, 64), (plain("BF16", 4, 64),), NOTHING, True)
    kinds = ("auto", "f16", "q8_0", "q4_k_m")
    rules = [TypeRules(PlanOptions(OutputType(kind)), MixFacts(1, 0, 1), WeightFacts()) for kind in kinds]
    assert [choose_types([draft], rule)[0].type.name for rule in rules] == ["F32", "F16", "Q8_0", "F32"]


def test_vectors_are_f32_and_matrices_keep_or_get_the_chosen_type():
    assert name_of(plain("BF16", 64)) == "F32"
    assert [name_of(plain(dtype, 4, 64)) for dtype in ("BF16", "F16", "F32")] == ["BF16", "F16", "F32"]
    assert [name_of(plain("BF16", 4, 64), output_type=OutputType(kind)) for kind in ("f32", "f16", "bf16", "q8_0")] == [
        *("F32", "F16", "BF16", "Q8_0")
    ]


@pytest.mark.parametrize(
    ("bits", "auto", "lossless"),
    [
        *((bits, "Q4_1", "Q4_1") for bits in (1, 2, 3, 4)),
        (5, "Q5_1", "Q5_1"),
        *((bits, "Q8_0", "F16") for bits in (6, 8)),
    ],
)
def test_affine_weights_go_where_their_values_fit(bits, auto, lossless):
    tensor = packed("BF16", (4, 64), Quantization(bits, 64))
    assert (name_of(tensor), name_of(tensor, output_type=LOSSLESS)) == (auto, lossless)
    assert chosen(tensor).error == (0 if bits < 6 else None)


def test_scales_that_float16_rounds_are_no_longer_lossless():
    tensor = packed("F32", (4, 64), Quantization(4, 64))
    tiny, large, infinite = Rounding(1, 4.5e-7), Rounding(1, 1e-4), Rounding(1, float("inf"))
    assert [name_of(tensor, rounding=rounding) for rounding in (None, tiny, large, infinite)] == [
        *("Q4_1", "Q4_1", "Q4_1", "F16")
    ]
    assert [name_of(tensor, output_type=LOSSLESS, rounding=rounding) for rounding in (None, tiny, large, infinite)] == [
        *("Q4_1", "Q4_1", "F16", "F16")
    ]
    assert [chosen(tensor, rounding=rounding).error for rounding in (None, tiny, large, infinite)] == [
        *(0, 4.5e-7, 1e-4, None)
    ]


def test_rows_that_are_no_whole_blocks_become_f16_with_a_remark():
    one = chosen(plain("BF16", 4, 48), output_type=OutputType.Q8_0)
    assert one.type is GGMLQuantizationType.F16
    assert "48" in one.reason
    assert name_of(plain("BF16", 4, 48), output_type=OutputType.Q8_0, shape=(2, 3, 32)) == "Q8_0"  # the file's rows


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        (Change(Rows((Pick((2, 2), (1, 0)),))), True),
        (Change(within_rows=Columns((Pick((4, 2, 32), (1, 0, 2)),))), True),
        (Change(within_rows=Columns((Pick((2, 128), part=((0, 2), (32, 96))),))), True),
        (Change(within_rows=Columns((Pick((2, 128), part=((0, 2), (16, 80))),))), False),
        (Change(within_rows=Columns((Pick((128,), offset=128),))), True),
        (Change(within_rows=Columns((Pick((128,), offset=16),))), False),
        (Change(within_rows=Columns((Pick((8, 2, 16), (1, 0, 2)),))), False),
        (Change(within_rows=Columns((Pick((8, 32), (1, 0)),))), False),
        (Change(within_rows=Columns((Pick((64,)), Pick((8, 24), (1, 0))))), False),
        (Change(within_rows=Transpose(4)), False),
        (Change(Rows((Pick((2, 2), (1, 0)),)), values=(Scale(0.5),)), False),
        (on_values(AddConstant(1.0)), False),
        (on_values(Scale(0.5)), False),
        (on_values(NegativeExp()), False),
    ],
)
def test_mxfp4_stays_packed_where_whole_blocks_move(change, stays):
    tensor = packed("U8", (4, 256), MXFP4)
    assert name_of(tensor) == "MXFP4"
    assert name_of(tensor, change=change) == ("MXFP4" if stays else "BF16")
    assert name_of(tensor, output_type=OutputType.Q8_0, change=change) == "Q8_0"
    assert chosen(tensor, change=change).error == (None if change.values else 0)
    experts = packed("U8", (2, 4, 256), MXFP4)
    assert name_of(experts, output_type=OutputType.Q8_0, change=change) == ("MXFP4" if stays else "Q8_0")


def test_what_can_be_read():
    assert all(is_readable(plain(dtype, 2)) for dtype in ("BF16", "F16", "F32"))
    assert is_readable(packed("BF16", (2, 64), Quantization(3, 64)))
    assert is_readable(packed("U8", (2, 64), MXFP4))
    assert all(is_readable(packed("U8", (2, 64), one)) for one in (MXFP8, NVFP4, NVFP4_GLOBAL, Q4_K))
    assert not is_readable(packed("U8", (2, 64), Quantization(8, 32, "newer")))
    assert not any(is_readable(packed("BF16", (2, 64), one)) for one in (MXFP4, MXFP8, NVFP4, Q4_K))
    assert not any(is_readable(plain(dtype, 2)) for dtype in ("F64", "I32", "U8", "F8_E4M3"))


def test_bytes_are_those_of_whole_blocks():
    assert byte_size((2, 3, 64), GGMLQuantizationType.Q8_0) == 6 * 2 * 34
    assert byte_size((2, 64), GGMLQuantizationType.MXFP4) == 2 * 2 * 17


@pytest.mark.parametrize(
    ("packing", "output_type", "expected"),
    [
        (MXFP8, "auto", ("Q8_0", "dequantized", None)),
        (MXFP8, "lossless", ("BF16", "dequantized", 0)),
        (MXFP8, "bf16", ("BF16", "dequantized", 0)),
        (MXFP8, "f16", ("F16", "dequantized", None)),
        (MXFP8, "f32", ("F32", "dequantized", 0)),
        (MXFP8, "mxfp4", ("Q8_0", "requantized", None)),
        (NVFP4, "auto", ("Q8_0", "dequantized", None)),
        (NVFP4, "lossless", ("BF16", "dequantized", 0)),
        (NVFP4, "f16", ("F16", "dequantized", 0)),
        (NVFP4, "nvfp4", ("NVFP4", "same values, new layout", 0)),
        (NVFP4_GLOBAL, "auto", ("Q8_0", "dequantized", None)),
        (NVFP4_GLOBAL, "lossless", ("F16", "dequantized", None)),
        (NVFP4_GLOBAL, "bf16", ("BF16", "dequantized", None)),
        (NVFP4_GLOBAL, "f32", ("F32", "dequantized", 0)),
        (NVFP4_GLOBAL, "nvfp4", ("NVFP4", "requantized", None)),
        (Q4_K, "auto", ("Q4_K", "blocks kept", 0)),
        (Q4_K, "lossless", ("Q4_K", "blocks kept", 0)),
        (Q4_K, "q4_k_s", ("Q4_K", "blocks kept", 0)),
        (Q4_K, "q6_k", ("Q6_K", "requantized", None)),
        (Q4_K, "q8_0", ("Q8_0", "dequantized", None)),
        (Q4_K, "f16", ("F16", "dequantized", None)),
        (Q8_0, "q8_0", ("Q8_0", "blocks kept", 0)),
        (MXFP4, "mxfp4", ("Q8_0", "requantized", None)),  # only experts are MXFP4 in that mix
    ],
)
def test_what_holds_each_mode(packing, output_type, expected):
    one = chosen(packed("U8", (4, 256), packing), "blk.9.ffn_up.weight", OutputType(output_type))
    assert (one.type.name, DECODED[one.method], one.error) == expected


def test_rows_of_nvfp4_that_fill_no_block_of_the_type():
    for output_type, expected in (("auto", "BF16"), ("nvfp4", "BF16"), ("lossless", "BF16")):
        one = chosen(packed("U8", (4, 48), NVFP4), output_type=OutputType(output_type))
        assert one.type.name in (expected, "F16"), output_type
    assert name_of(packed("U8", (4, 96), NVFP4)) == "Q8_0"
    assert name_of(packed("U8", (4, 96), NVFP4), output_type=OutputType.NVFP4) == "Q8_0"


def test_mxfp8_that_is_nearly_zero_is_not_exact_in_bf16():
    one = chosen(packed("U8", (4, 64), MXFP8), output_type=LOSSLESS, rounding=Rounding(1, 1e-41))
    assert (one.type.name, one.error) == ("BF16", 1e-41)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [(Columns((Pick((2, 2, 256), (1, 0, 2)),)), "Q4_K"), (Columns((Pick((2, 4, 128), (1, 0, 2)),)), "F16")],
)
def test_blocks_are_kept_where_whole_ones_move(columns, expected):
    assert name_of(packed("U8", (4, 1024), Q4_K), change=Change(within_rows=columns)) == expected


def test_rows_of_zeros_stay_packed():
    for packing in (Q4_K, MXFP4, Quantization(4, 64)):
        dtype = "BF16" if packing.mode == "affine" else "U8"
        assert chosen(packed(dtype, (4, 256), packing), change=Change(PadRows(6)), shape=(6, 256)).error == 0
