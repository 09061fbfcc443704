"""arm64 gives the bits of this machine's processor: blocks, what adapters add, BF16, counts and sums."""

from ctypes import c_int, c_int64

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES

from app.core.encode.encoder import SCALES_AT
from app.core.weights.exact_product import TOGETHER, on_grid
from tests.core.encode.arm64.emulated import (
    COMPILER,
    EMULATOR,
    EmulatedLibrary,
    declared_functions,
    has_what_it_takes,
    native_call,
)
from tests.core.encode.both_encoders import KINDS, need_kernels
from tests.core.encode.values_of_all_kinds import importances, values_of_all_kinds

ROWS, IN_ROW = 11, 2  # of blocks; the last ones fill no vector
FLOATS = 4999  # fill no vector, either
TESTED = {
    "mlx_ferry_encode_rows",
    "mlx_ferry_encode_rows_plain",
    "mlx_ferry_add_low_rank",
    "mlx_ferry_to_bfloat16",
    "mlx_ferry_sum_changes",
    "mlx_ferry_count_non_finite",
    "mlx_ferry_kernels_interface",
}

pytestmark = pytest.mark.skipif(
    not has_what_it_takes(), reason=f"{COMPILER} and {EMULATOR} are missing, so nothing was tried for arm64"
)


@pytest.fixture(scope="module")
def arm64(tmp_path_factory):
    need_kernels()
    library = EmulatedLibrary(tmp_path_factory.mktemp("arm64"))
    yield library
    library.close()


def differing(arm64, name, result, *arguments):
    """The numbers of the arguments that became something else; -1 for the result."""
    results, changed = [], []
    for call in (native_call, arm64.call):
        own = [_copied(one) for one in arguments]
        results.append(call(name, result, *own))
        changed.append(own)
    found = [-1] if results[0] != results[1] else []
    return found + [n for n, (a, b) in enumerate(zip(*changed, strict=True)) if not _same(a, b)]


def _copied(one):
    if isinstance(one, list):
        return [array.copy() for array in one]
    return one.copy() if isinstance(one, np.ndarray) else one


def _same(first, second):
    if isinstance(first, list):
        return all(map(_same, first, second))
    return first.tobytes() == second.tobytes() if isinstance(first, np.ndarray) else True


def test_every_function_is_tried():
    assert set(declared_functions()) == TESTED


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_blocks(kind, arm64):
    """All that a file may hold: where a scale is too large for float16, it is refused."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    columns = IN_ROW * block
    found = {}
    for name, values in values_of_all_kinds(ROWS * columns, seed=4):
        for how, weights in (("plain", None), *importances(columns, seed=4)):
            made = []
            for call in (native_call, arm64.call):
                out = np.zeros((ROWS * IN_ROW, block_bytes), np.uint8)
                call("mlx_ferry_encode_rows", c_int64, int(kind), values, out, ROWS, columns, weights)
                made.append(out)
            native, emulated = made
            scales = [native[:, at : at + 2].copy().view(np.float16) for at in SCALES_AT.get(kind, ())]
            sound = np.all([np.isfinite(scale[:, 0]) for scale in scales], axis=0) if scales else slice(None)
            if (native[sound] != emulated[sound]).any():
                found[name, how] = np.flatnonzero((native != emulated).any(axis=1)).size
    assert not found


@pytest.mark.parametrize("rank", [1, 16, TOGETHER, TOGETHER + 8])
@pytest.mark.parametrize("scale", [20.0, 0.1, 1e-44, 3e38])
def test_what_adapters_add(rank, scale, arm64):
    draw = np.random.default_rng(rank)
    rows, columns = 139, 211
    left, right = (draw.standard_normal(shape).astype(np.float32) for shape in ((rows, rank), (rank, columns)))
    starts = range(0, rank, TOGETHER)
    lefts = [on_grid(left[:, start : start + TOGETHER], 1) for start in starts]
    rights = [on_grid(right[start : start + TOGETHER], 0) for start in starts]
    for name, before in values_of_all_kinds(rows * columns // 32 * 32, seed=5):
        whole = np.resize(before, rows * columns)
        arguments = lefts, rights, rank, scale, whole, np.zeros_like(whole), rows, columns
        assert not differing(arm64, "mlx_ferry_add_low_rank", c_int, *arguments), name


def test_bfloat16_and_counts(arm64):
    for name, values in values_of_all_kinds(5024, seed=6):
        some = values[:FLOATS]
        assert not differing(arm64, "mlx_ferry_to_bfloat16", c_int, some, np.zeros(FLOATS, np.uint16), FLOATS), name
    bits = np.random.default_rng(7).integers(0, 1 << 32, FLOATS, dtype=np.uint32)
    for dtype, infinity in ((np.uint16, 0x7F80), (np.uint16, 0x7C00), (np.uint32, 0x7F800000)):
        odd = bits.astype(dtype)
        odd[::97] = infinity
        assert native_call("mlx_ferry_count_non_finite", c_int64, odd, odd.itemsize, infinity, odd.size) >= FLOATS // 97
        assert not differing(arm64, "mlx_ferry_count_non_finite", c_int64, odd, odd.itemsize, infinity, odd.size)


def test_sums_of_changes(arm64):
    draw = np.random.default_rng(8)
    before, change = (draw.standard_normal(FLOATS).astype(np.float32) for _ in range(2))
    wanted = before + np.float32(0.01) * change
    halves = (wanted.view(np.uint32) >> np.uint32(16)).astype(np.uint16)
    for written, is_bfloat16 in ((halves, 1), (wanted + np.float32(0.001) * change, 0)):
        sums = [np.zeros(4), np.zeros(4)]
        for call, out in zip((native_call, arm64.call), sums, strict=True):
            assert call("mlx_ferry_sum_changes", c_int, before, wanted, written, is_bfloat16, FLOATS, out)
        assert np.array_equal(sums[0], sums[1])
