"""NaN and infinity are counted, by our library and by NumPy, wherever they stand."""

from contextlib import nullcontext

import numpy as np
import pytest

from app.core.encode.non_finite import MASKS, count_non_finite
from tests.core.encode.both_encoders import need_kernels
from tests.core.without_kernels import without_kernels


@pytest.fixture(autouse=True)
def _kernels():
    need_kernels()


def bits_of(dtype):
    """All patterns of 16 bits; of float32 those with every lower half that counts. And whether each is finite."""
    upper = np.arange(1 << 16, dtype=np.uint16)
    if dtype != "F32":
        exponent = np.uint16(MASKS[dtype][1])
        return upper, (upper & exponent) != exponent
    bits = (upper.astype(np.uint32)[:, None] << 16 | np.array([0, 1, 0xFFFF], np.uint32)).reshape(-1)
    return bits, np.isfinite(bits.view(np.float32))


@pytest.mark.parametrize("road", [nullcontext, without_kernels], ids=["library", "numpy"])
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_all_patterns(dtype, road):
    bits, finite = bits_of(dtype)
    order = np.random.default_rng(0).permutation(bits.size)
    with road():
        assert count_non_finite(bits[order].view(np.uint8), dtype) == np.count_nonzero(~finite)
        assert count_non_finite(bits[finite].view(np.uint8), dtype) == 0
        for length in (1, 15, 1023, 1025):  # all of them, more than a narrow integer holds of nothing else
            assert count_non_finite(np.resize(bits[~finite], length).view(np.uint8), dtype) == length


@pytest.mark.parametrize("road", [nullcontext, without_kernels], ids=["library", "numpy"])
def test_hundreds_of_thousands(road):
    with road():
        assert count_non_finite(np.full(300_000, 0x7F80, np.uint16).view(np.uint8), "BF16") == 300_000
