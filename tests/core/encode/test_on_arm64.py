"""arm64 gives the bits of this machine's processor: blocks, casts, what is decoded, counts, sums, what adapters add."""

from ctypes import c_int, c_int64

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES

from app.core.encode.passes import SCALES_AT
from app.core.ggml_types import T
from app.core.weights.exact_product import TOGETHER, on_grid
from tests.core.encode.both_encoders import KINDS, need_kernels
from tests.core.encode.emulated import (
    COMPILER,
    EMULATOR,
    EmulatedLibrary,
    declared_functions,
    has_what_it_takes,
    native_call,
)
from tests.core.encode.values_of_all_kinds import importances, values_of_all_kinds

ROWS, IN_ROW = 11, 2  # of blocks; the last ones fill no vector
FLOATS = 4999  # fill no vector, either
TESTED = {
    "mlx_ferry_encode",
    "mlx_ferry_encode_plain",
    "mlx_ferry_encode_with_low_rank",
    "mlx_ferry_add_low_rank",
    "mlx_ferry_affine_to_q4_1",
    "mlx_ferry_count_non_finite",
    "mlx_ferry_kernels_interface",
}
CASTS = (T.F32, T.F16, T.BF16)

pytestmark = pytest.mark.skipif(
    not has_what_it_takes(), reason=f"{COMPILER} and {EMULATOR} are missing, so nothing was tried for arm64"
)


@pytest.fixture(scope="module")
def arm64(tmp_path_factory):
    need_kernels()
    library = EmulatedLibrary(tmp_path_factory.mktemp("arm64"))
    yield library
    library.close()


def test_every_function_is_tried():
    assert set(declared_functions()) == TESTED


def encoded(call, values, source, kind, importance=None, before=None):
    """Blocks as (count, bytes) of one, the two counts and the four sums, by one of the libraries."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    columns = block if importance is None else importance.size
    out = np.zeros((values.size // block, block_bytes), np.uint8)
    counts, sums = np.zeros(2, np.int64), np.zeros(4)
    places = importance, before, int(T.F32), counts, sums
    call("mlx_ferry_encode", c_int64, int(kind), values, int(source), out, values.size // columns, columns, *places)
    return out, counts, sums


@pytest.mark.parametrize("kind", [*CASTS, *KINDS], ids=lambda kind: kind.name)
def test_what_is_encoded(kind, arm64):
    """All that a file may hold: where a scale is too large for float16, it is refused."""
    columns = IN_ROW * GGML_QUANT_SIZES[kind][0]
    found = {}
    for name, values in values_of_all_kinds(-(-ROWS * columns // 32) * 32, seed=4):
        ways = importances(columns, seed=4) if kind in KINDS else ()
        for how, weights in (("plain", None), *ways):
            whole = values[: ROWS * columns]
            native, emulated = (encoded(call, whole, T.F32, kind, weights) for call in (native_call, arm64.call))
            sound = has_sound_scales(native[0], kind)
            same = (native[0][sound] == emulated[0][sound]).all() and np.array_equal(native[1], emulated[1])
            if not (same and np.array_equal(native[2], emulated[2], equal_nan=True)):
                found[name, how] = np.flatnonzero((native[0] != emulated[0]).any(axis=1)).size
    assert not found


def has_sound_scales(blocks, kind):
    """Of each block, whether its scales are numbers."""
    scales = [blocks[:, at : at + 2].copy().view(np.float16)[:, 0] for at in SCALES_AT.get(kind, ())]
    return np.all(list(map(np.isfinite, scales)), axis=0) if scales else slice(None)


@pytest.mark.parametrize("kind", [*CASTS, *KINDS], ids=lambda kind: kind.name)
@pytest.mark.parametrize("source", [T.BF16, T.F16], ids=lambda kind: kind.name)
def test_numbers_of_16_bits_and_what_is_kept_of_a_change(source, kind, arm64):
    size = -(-FLOATS // 256) * 256
    values = np.random.default_rng(9).standard_normal(size).astype(np.float32)
    bits = values.astype(np.float16).view(np.uint16) if source is T.F16 else values.view(np.uint16)[1::2].copy()
    before = values * np.float32(0.99)
    native, emulated = (encoded(call, bits, source, kind, before=before) for call in (native_call, arm64.call))
    assert [first.tobytes() == second.tobytes() for first, second in zip(native, emulated, strict=True)] == [True] * 3
    assert native[2][:2].all()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_blocks_are_decoded_to(kind, arm64):
    block, block_bytes = GGML_QUANT_SIZES[kind]
    blocks = np.random.default_rng(10).integers(0, 256, (ROWS * IN_ROW, block_bytes), np.uint8)
    made = []
    for call in (native_call, arm64.call):
        values, counts = np.zeros(blocks.shape[0] * block, np.float32), np.zeros(2, np.int64)
        call(
            *("mlx_ferry_encode", c_int64, int(T.F32), blocks, int(kind), values, values.size, 1),
            *(None, None, 0, counts, None),
        )
        made.append((np.nan_to_num(values, nan=7.0), counts))
    (native, counts), (emulated, others) = made
    assert native.tobytes() == emulated.tobytes()
    assert np.array_equal(counts, others)


def factors(rank, rows, columns):
    """The pieces of both."""
    draw = np.random.default_rng(rank)
    left, right = (draw.standard_normal(shape).astype(np.float32) for shape in ((rows, rank), (rank, columns)))
    starts = range(0, rank, TOGETHER)
    lefts = [on_grid(left[:, start : start + TOGETHER], 1) for start in starts]
    return lefts, [on_grid(right[start : start + TOGETHER], 0) for start in starts]


@pytest.mark.parametrize("rank", [1, 16, TOGETHER, TOGETHER + 8])
@pytest.mark.parametrize("scale", [20.0, 0.1, 1e-44, 3e38])
def test_what_adapters_add(rank, scale, arm64):
    rows, columns = 139, 211
    lefts, rights = factors(rank, rows, columns)
    for name, before in values_of_all_kinds(rows * columns // 32 * 32, seed=5):
        whole = np.resize(before, rows * columns)
        made = [np.zeros_like(whole), np.zeros_like(whole)]
        for call, target in zip((native_call, arm64.call), made, strict=True):
            assert call("mlx_ferry_add_low_rank", c_int, lefts, rights, rank, scale, whole, target, rows, columns)
        assert made[0].tobytes() == made[1].tobytes(), name


@pytest.mark.parametrize("kind", [T.BF16, T.Q5_0, T.Q4_K], ids=lambda kind: kind.name)
@pytest.mark.parametrize("source", [T.F32, T.BF16, T.F16], ids=lambda kind: kind.name)
def test_what_adapters_add_is_encoded(source, kind, arm64):
    rows, columns = 139, 512
    lefts, rights = factors(TOGETHER + 8, rows, columns)
    values = np.random.default_rng(6).standard_normal(rows * columns).astype(np.float32)
    stored = {T.F32: values, T.F16: values.astype(np.float16), T.BF16: values.view(np.uint16)[1::2].copy()}[source]
    made = []
    for call in (native_call, arm64.call):
        out, counts, sums = np.zeros(4 * values.size, np.uint8), np.zeros(2, np.int64), np.zeros(4)
        given = lefts, rights, TOGETHER + 8, 0.1, int(kind), stored, int(source), out, rows, columns, counts, sums
        written = call("mlx_ferry_encode_with_low_rank", c_int64, *given)
        made.append((written, out.tobytes(), counts.tobytes(), sums.tobytes()))
    assert made[0] == made[1]
    assert made[0][0] > 0


def test_counts(arm64):
    bits = np.random.default_rng(7).integers(0, 1 << 32, FLOATS, dtype=np.uint32)
    for dtype, infinity in ((np.uint16, 0x7F80), (np.uint16, 0x7C00), (np.uint32, 0x7F800000)):
        odd = bits.astype(dtype)
        odd[::97] = infinity
        given = "mlx_ferry_count_non_finite", c_int64, odd, odd.itemsize, infinity, odd.size
        assert native_call(*given) == arm64.call(*given) >= FLOATS // 97


@pytest.mark.parametrize("group_size", [32, 64, 128])
@pytest.mark.parametrize("dtype", [T.F32, T.BF16, T.F16], ids=lambda kind: kind.name)
def test_affine_groups(dtype, group_size, arm64):
    draw = np.random.default_rng(group_size)
    groups = 333
    codes = draw.integers(0, 256, groups * group_size // 2, np.uint8)
    codes[: group_size // 2] = 0
    halves = draw.integers(0, 1 << 16, (2, 2 * groups), np.uint16)
    halves[:, 6:8] = 0xFFFF  # no number, whatever they are the bits of
    scales, biases = halves if dtype is T.F32 else halves[:, :groups].copy()
    made = []
    for call in (native_call, arm64.call):
        blocks, counts = np.zeros(groups * group_size // 32 * 20, np.uint8), np.zeros(2, np.int64)
        given = codes, scales, biases, int(dtype), groups, group_size, blocks, counts
        assert call("mlx_ferry_affine_to_q4_1", c_int, *given)
        made.append((blocks.tobytes(), counts.tolist()))
    assert made[0] == made[1]
    assert any(made[0][0])
    assert made[0][1][0] > 0
