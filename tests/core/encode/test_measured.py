"""What is kept of a change, by our library and by NumPy, against sums in float64."""

from contextlib import nullcontext

import numpy as np
import pytest

from app.core.encode.encoder import decoded, encode
from app.core.encode.measured import measured
from app.core.ggml_types import T
from tests.core.encode.both_encoders import need_kernels
from tests.core.without_kernels import without_kernels

COUNT = 3 * (1 << 16) + 1024 + 32  # pieces, the last of which is none of whole blocks of sums


@pytest.fixture(autouse=True)
def _kernels():
    need_kernels()


@pytest.mark.parametrize("road", [nullcontext, without_kernels], ids=["library", "numpy"])
@pytest.mark.parametrize("count", [COUNT, COUNT + 5, 3])
@pytest.mark.parametrize("kind", [T.BF16, T.F16, T.F32, T.Q8_0], ids=lambda kind: kind.name)
def test_sums(kind, count, road):
    if kind is T.Q8_0:
        count = max(32, count // 32 * 32)
    random = np.random.default_rng(0)
    before = random.normal(0, 0.02, count).astype(np.float32)
    wanted = before + random.normal(0, 1e-4, count).astype(np.float32)
    encoded = encode(wanted.view(np.uint8), "F32", kind, np.empty(4 * count, np.uint8)).data
    with road():
        error, kept = measured(before, wanted, encoded, kind)
    change, rest = (wanted - before).astype(np.float64), decoded(encoded, kind).astype(np.float64) - wanted
    squares, products, noise = change @ change, change @ (rest + change), rest @ rest
    assert np.isclose(error.squares, wanted.astype(np.float64) @ wanted, rtol=1e-5)
    assert error.squared_changes == kept.noise
    assert np.isclose(kept.noise, noise, rtol=1e-5)
    assert np.isclose(kept.squares, squares, rtol=1e-5)
    assert np.isclose(kept.products, products, rtol=1e-4)
