"""Values through our own library: searched, encoded and measured in one pass, with the bytes of ggml and NumPy.

`native/` holds it in C. Where it is missing, and for what it does not encode, `passes.py` does the work.
"""

from ctypes import c_int
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.ggml_types import T
from app.core.kernel_library import INTEGER, LOW_RANK, POINTER, LowRankFactors, kernel_function


class Measuring(NamedTuple):
    """That what was encoded is decoded again and compared. `before`: (n,) float32, the values without an adapter."""

    before: Floats | None = None

    def part(self, begin: int, end: int) -> "Measuring":
        """The same for some of the values."""
        return self if self.before is None else Measuring(self.before[begin:end])


@dataclass(frozen=True)
class Found:
    """How many bytes were written, and what was found on the way.

    `counts`: (2,) int64, values that are NaN or infinite, and finite ones that are too large for the type; the latter
    are all, where there is none of the former. `sums`: (4,) float64 over values W that became D, with a change Δ by an
    adapter: W², Δ², (D − W) · Δ, (D − W)²; zeros where nothing was measured.
    """

    written: int
    counts: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]


def encode_in_one_pass(
    raw: Bytes,
    dtype: str,
    kind: GGMLQuantizationType,
    out: Bytes,
    importance: Floats | None = None,
    measuring: Measuring | None = None,
) -> Found | None:
    """As `passes.encode_in_passes`, or None where no kernel can do it."""
    encode = kernel_function(
        "mlx_ferry_encode",
        INTEGER,
        *(c_int, POINTER, c_int, POINTER, INTEGER, INTEGER, POINTER, POINTER, c_int, POINTER, POINTER),
    )
    if encode is None:
        return None
    stored = GGMLQuantizationType[dtype]
    block, block_bytes = GGML_QUANT_SIZES[stored]
    row_length = GGML_QUANT_SIZES[kind][0] if importance is None else importance.size
    rows = raw.size // block_bytes * block // row_length
    counts, sums = np.zeros(2, np.int64), np.zeros(4)
    before = None if measuring is None else measuring.before
    weights, old = (None if array is None else array.ctypes.data for array in (importance, before))
    written = encode(
        *(int(kind), raw.ctypes.data, int(stored), out.ctypes.data, rows, row_length),
        *(weights, old, int(T.F32), counts.ctypes.data, None if measuring is None else sums.ctypes.data),
    )
    return Found(written, counts, sums) if written or not rows else None


def encode_with_low_rank(
    raw: Bytes, dtype: str, kind: GGMLQuantizationType, out: Bytes, change: LowRankFactors
) -> Found | None:
    """Encode whole rows of BF16, F16 or F32 with what is added to them, or None where no kernel can do it.

    What is kept of the change is measured.
    """
    encode = kernel_function(
        "mlx_ferry_encode_with_low_rank",
        INTEGER,
        *(*LOW_RANK, c_int, POINTER, c_int, POINTER, INTEGER, INTEGER, POINTER, POINTER),
    )
    if encode is None:
        return None
    stored = GGMLQuantizationType[dtype]
    rows, columns = change.lefts[0].shape[0], change.rights[0].shape[1]
    counts, sums = np.zeros(2, np.int64), np.zeros(4)
    places = (array.ctypes.data for array in (counts, sums))
    written = encode(
        *change.given(),
        *(int(kind), raw.ctypes.data, int(stored), out.ctypes.data, rows, columns, *places),
    )
    return Found(written, counts, sums) if written else None
