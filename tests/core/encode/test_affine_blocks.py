"""Affine groups as blocks: by our library and by NumPy the same bytes, which the gguf package reads as the same values.

That they are MLX's is seen where whole tensors are converted.
"""

from contextlib import nullcontext

import numpy as np
import pytest
from gguf.quants import dequantize

from app.core.encode.affine_blocks import affine_blocks
from app.core.ggml_types import T
from tests.core.encode.both_encoders import need_kernels
from tests.core.without_kernels import without_kernels

GROUPS = 77  # fill no vector
FLOATS = {"F16": np.float16, "F32": np.float32}
UNUSED, INFINITE, TOO_LARGE = 5, 11, 13


@pytest.fixture(autouse=True)
def _kernels():
    need_kernels()


def groups(dtype, group_size):
    """Codes in pairs, scales and biases as their bytes; values in float32. Some groups are odd."""
    draw = np.random.default_rng(group_size)
    codes = draw.integers(0, 16, (GROUPS, group_size), np.uint8)
    codes[UNUSED] = 0
    scales, biases = (draw.standard_normal(GROUPS).astype(np.float16).astype(np.float32) for _ in range(2))
    scales[UNUSED], scales[INFINITE] = -1e-7, np.inf
    if dtype == "BF16":
        scales, biases = ((one.view(np.uint32) & 0xFFFF0000).view(np.float32) for one in (scales, biases))
    if dtype != "F16":
        biases[TOO_LARGE] = 2.0**17
    with np.errstate(invalid="ignore"):  # infinity · 0
        values = codes * np.where(codes.any(axis=1), scales, 0)[:, None] + biases[:, None]
    packed = codes.reshape(-1, 2) @ np.array([1, 16], np.uint8)
    both = (one.view(np.uint16)[1::2] if dtype == "BF16" else one.astype(FLOATS[dtype]) for one in (scales, biases))
    return (packed, *(np.ascontiguousarray(one).view(np.uint8) for one in both)), values


@pytest.mark.parametrize("road", [nullcontext, without_kernels], ids=["library", "numpy"])
@pytest.mark.parametrize("group_size", [32, 64, 128])
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_pairs_of_four_bits(dtype, group_size, road):
    parts, values = groups(dtype, group_size)
    out = np.full(GROUPS * group_size, 0xAA, np.uint8)
    with road(), np.errstate(over="ignore"):
        made = affine_blocks(parts, dtype, group_size, T.Q4_1, out)
    sound = np.delete(np.arange(GROUPS), [INFINITE, TOO_LARGE])
    with np.errstate(invalid="ignore"):
        read = dequantize(made.data, T.Q4_1).reshape(GROUPS, group_size)
    assert read[sound].tobytes() == values[sound].tobytes()
    assert (made.non_finite, made.overflows) == (group_size, 0 if dtype == "F16" else group_size)
    assert np.shares_memory(made.data, out)
    assert (out[made.data.size :] == 0xAA).all()
