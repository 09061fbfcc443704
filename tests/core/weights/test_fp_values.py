"""MLX's small floats: every code at every scale, against MLX's own decoding to float32 on the CPU."""

import mlx.core as mx
import numpy as np
import pytest

from app.core.checkpoint.quantization import MODE_DEFAULTS
from app.core.weights.fp_values import fp_values
from app.core.weights.mlx_thread import compute
from tests.core.weights.one_tensor import floats, normal, pack

MODES = [mode for mode in MODE_DEFAULTS if mode != "affine"]
BYTES = np.arange(256, dtype=np.uint8)
GLOBAL_SCALES = [1.0, 2688.0, 0.37, 1e-3, 123.456, 3.1e-7]


def every_code(mode):
    """Groups of all codes, a row for each of the 256 scales."""
    if mode == "mxfp8":
        return np.tile(BYTES, (256, 1)), np.repeat(BYTES[:, None], 8, axis=1)
    nibbles = np.arange(16, dtype=np.uint8)
    codes = np.resize(nibbles[0::2] | nibbles[1::2] << 4, MODE_DEFAULTS[mode]["group_size"] // 2)
    return np.tile(codes, (256, 1)), BYTES[:, None]


def by_mlx(mode, codes, scales, global_scale=None):
    return compute(_by_mlx, mode, codes, scales, global_scale)


def _by_mlx(mode, codes, scales, global_scale):
    scale = None if global_scale is None else mx.array(global_scale, mx.float32)
    words = mx.array(np.ascontiguousarray(codes).view(np.uint32))
    how = {**MODE_DEFAULTS[mode], "mode": mode, "global_scale": scale, "dtype": mx.float32, "stream": mx.cpu}
    return np.array(mx.dequantize(words, mx.array(scales), None, **how))


def same(ours, theirs):
    """Bit for bit, and NaN for NaN."""
    ours = ours.reshape(theirs.shape)
    is_nan = np.isnan(theirs)
    return np.array_equal(np.isnan(ours), is_nan) and np.array_equal(
        ours[~is_nan].view(np.uint32), theirs[~is_nan].view(np.uint32)
    )


@pytest.mark.parametrize("mode", MODES)
def test_every_code_at_every_scale(mode):
    codes, scales = every_code(mode)
    ours, theirs = fp_values(mode, codes.reshape(-1), scales.reshape(-1)), by_mlx(mode, codes, scales)
    if mode != "nvfp4":  # the exponent that is NaN by the format; MLX takes it for 2^128
        assert np.isnan(ours.reshape(256, -1)[255]).all()
        ours, theirs = ours.reshape(256, -1)[:255], theirs[:255]
    assert same(ours, theirs)
    assert len(np.unique(ours)) > 1000 or mode == "nvfp4"


@pytest.mark.parametrize("global_scale", GLOBAL_SCALES)
def test_a_scale_of_the_whole_matrix(global_scale):
    codes, scales = every_code("nvfp4")
    ours = fp_values("nvfp4", codes.reshape(-1), scales.reshape(-1), np.full(256, global_scale, np.float32))
    assert same(ours, by_mlx("nvfp4", codes, scales, global_scale))


def test_each_group_has_the_scale_of_its_matrix():
    codes, scales = every_code("nvfp4")
    several = np.resize(np.array(GLOBAL_SCALES, np.float32), 256)
    ours = fp_values("nvfp4", codes.reshape(-1), scales.reshape(-1), several).reshape(256, -1)
    for i, scale in enumerate(GLOBAL_SCALES):
        assert same(ours[i :: len(GLOBAL_SCALES)], by_mlx("nvfp4", codes, scales, scale)[i :: len(GLOBAL_SCALES)])


@pytest.mark.parametrize("mode", MODES)
def test_what_mlx_packs(mode):
    packing = floats(mode)
    values = normal(64, 256) * 2.0 ** np.arange(-32, 32, dtype=np.float32)[:, None]
    values[3], values[5], values[7, 0] = 0, 0.25, -448
    codes, scales = pack(values, packing)
    rows = codes.reshape(64, -1), scales.reshape(64, -1)
    assert same(fp_values(mode, codes, scales), by_mlx(mode, *rows))


@pytest.mark.parametrize(("mode", "codes"), [("mxfp8", (0x7F, 0xFF)), ("nvfp4", ())])
def test_codes_that_are_no_number(mode, codes):
    groups, scales = every_code(mode)
    values = fp_values(mode, groups.reshape(-1), scales.reshape(-1)).reshape(256, -1)
    assert [code for code in range(values.shape[1]) if np.isnan(values[127, code]) and mode == "mxfp8"] == list(codes)
    if mode == "nvfp4":  # here it is the scale that may be none
        assert [scale for scale in range(256) if np.isnan(values[scale]).all()] == [0x7F, 0xFF]
