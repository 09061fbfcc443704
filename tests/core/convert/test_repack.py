"""Packed tensors of every kind: blocks in the file hold the values that MLX decodes to float32, to the bit.

The scales go into MLX as float32: in bfloat16 it would round twice.
"""

from itertools import product
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import dequantize

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import AFFINE_BITS, GROUP_SIZES, Quantization
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import Method, PlanOptions
from app.core.plan.types.mix import MixFacts
from app.core.plan.types.tensor_types import Draft, TypeRules, choose_types
from app.core.weights.look import look
from app.core.weights.mlx_thread import compute
from tests.core.convert.one_tensor_written import planned, written
from tests.core.weights.one_tensor import floats, normal, save_one

SHAPE = (24, 256)
AFFINE = [Quantization(bits, size) for bits in AFFINE_BITS for size in GROUP_SIZES]
FLOATS = [floats(mode) for mode in ("mxfp4", "mxfp8", "nvfp4")]


def awkward():
    """Rows of zeros, as in padded embeddings, of one number, of tiny, of large and of usual ones."""
    values = normal(*SHAPE)
    values[1:3] = 0
    values[3], values[4], values[5] = 0.25, -0.25, 1e-3
    values[6:8] *= np.float32(2.0**-14)
    values[8:10] *= np.float32(2.0**-20)
    values[10] *= np.float32(2.0**10)
    values[11, :128], values[12, 5] = 0, 3
    values[13] = np.abs(values[13])
    values[14] = -np.abs(values[14])
    return values


def by_mlx(tensor):
    return compute(_by_mlx, tensor)


def _by_mlx(tensor) -> np.ndarray:
    packing, arrays = tensor.quantization, mx.load(str(tensor.stored.file.path))
    parts: Any = arrays
    affine = packing.mode == "affine"
    scales = parts["t.scales"].astype(mx.float32) if affine else parts["t.scales"]
    biases = parts["t.biases"].astype(mx.float32) if affine else None
    how = {"group_size": packing.group_size, "bits": packing.bits, "mode": packing.mode}
    values = mx.dequantize(parts["t.weight"], scales, biases, **how, dtype=mx.float32, stream=mx.cpu)
    return np.array(values)


def chosen_of(tensor, output_type):
    facts = look(identify(open_checkpoint(tensor.stored.file.path.parent)))
    rules = TypeRules(PlanOptions(OutputType(output_type)), MixFacts(1, 0, 1), facts)
    (chosen,) = choose_types([Draft("blk.9.ffn_up.weight", tensor.shape, (tensor,))], rules)
    return chosen


def in_file(tensor, kind):
    data = np.frombuffer(written(planned(tensor, kind=kind)), np.uint8).reshape(tensor.shape[0], -1)
    return dequantize(data, kind)


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
@pytest.mark.parametrize("packing", AFFINE, ids=lambda p: f"{p.bits}-{p.group_size}")
def test_affine_weights_change_by_what_the_plan_says(packing, dtype, tmp_path):
    tensor = save_one(tmp_path, awkward(), dtype, packing)
    expected = by_mlx(tensor)
    assert np.array_equal(in_file(tensor, GGMLQuantizationType.F32).view(np.uint32), expected.view(np.uint32))
    for output_type in ("auto", "lossless"):
        chosen = chosen_of(tensor, output_type)
        values = in_file(tensor, chosen.type)
        change = np.abs(values.astype(np.float64) - expected).max()
        if packing.bits > 5:
            assert (chosen.type.name, chosen.error) == ("Q8_0" if output_type == "auto" else "F16", None)
        elif chosen.method is Method.REPACK:
            assert chosen.type.name == ("Q5_1" if packing.bits == 5 else "Q4_1")
            # the plan knows the change of scale and bias; here and there product and sum are rounded besides
            rounding = 4 * np.abs(expected).max() * 2.0**-24 if chosen.error else 0
            assert change <= chosen.error + rounding
            assert dtype != "F16" or chosen.error == 0
        else:
            assert (output_type, dtype, chosen.type.name) == ("lossless", "F32", "F16")


@pytest.mark.parametrize(
    ("packing", "output_type"),
    [*product(FLOATS, ("auto", "lossless", "bf16", "f16", "f32")), (floats("nvfp4"), "nvfp4")],
    ids=lambda x: x if isinstance(x, str) else x.mode,
)
def test_small_floats_are_held_to_the_bit_where_the_plan_says_so(packing, output_type, tmp_path):
    tensor = save_one(tmp_path, awkward(), packing=packing)
    expected, chosen = by_mlx(tensor), chosen_of(tensor, output_type)
    values = in_file(tensor, chosen.type)
    if chosen.error == 0:
        assert np.array_equal(values, expected)
    else:
        assert 0 < np.abs(values - expected).max() < 0.01 * np.abs(expected).max()
    always = {
        ("mxfp4", "auto"),
        *((mode, kind) for mode in ("mxfp4", "mxfp8", "nvfp4") for kind in ("lossless", "f32")),
    }
    assert (packing.mode, output_type) not in always or chosen.error == 0
