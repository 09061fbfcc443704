"""One chunk of values → the bytes of its GGUF type, searched for what must not be in a file."""

import math
from dataclasses import dataclass

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.kept import Kept
from app.core.encode.kernels import Found, Measuring, encode_in_one_pass, encode_with_low_rank
from app.core.encode.non_finite import count_non_finite
from app.core.encode.passes import SCALES_AT, count_bad_scales, encode_in_passes
from app.core.ggml_library import dequantize_blocks
from app.core.ggml_types import T
from app.core.kernel_library import LowRankFactors

NO_EXPONENT = 0xFF  # NaN, in the first byte of an MXFP4 block


@dataclass(frozen=True)
class Error:
    """Sums over values: their squares, and the squares of what encoding changed. float64, for display."""

    squares: float
    squared_changes: float

    def __add__(self, other: "Error") -> "Error":
        return Error(self.squares + other.squares, self.squared_changes + other.squared_changes)

    @property
    def relative(self) -> float:
        """Root mean square of the change, relative to that of the values; 0 for values that are all zero."""
        return math.sqrt(self.squared_changes / self.squares) if self.squares else 0.0


NO_ERROR = Error(0.0, 0.0)


@dataclass(frozen=True)
class Encoded:
    """Bytes for the file, and how many values were NaN or infinite, or too large for the type: then no file may be.

    `error` is None where it was not measured, `kept` where no adapter changes the values.
    """

    data: Bytes
    non_finite: int
    overflows: int
    error: Error | None = None
    kept: Kept | None = None


def encode(
    raw: Bytes,
    dtype: str,
    kind: GGMLQuantizationType,
    out: Bytes,
    importance: Floats | None = None,
    measuring: Measuring | None = None,
) -> Encoded:
    """Encode (n,) values of `dtype`, given as their bytes, into `out`.

    `data` of the result is the part of `out` that was used, or `raw` itself where nothing changes. n must be a multiple
    of the block size of `kind`; with `importance`, (columns,) float32, n is whole rows of so many. With `measuring` the
    error is told, and what is kept of an adapter's change. Raises ConversionError where ggml is needed and missing.
    """
    has_change = measuring is not None and measuring.before is not None
    if dtype == kind.name and not has_change:
        return Encoded(raw, count_non_finite(raw, dtype), 0, None if measuring is None else NO_ERROR)
    given = raw, dtype, kind, out, importance, measuring
    return _encoded(encode_in_one_pass(*given) or encode_in_passes(*given), out, measuring is not None, has_change)


def encode_changed(
    raw: Bytes, dtype: str, kind: GGMLQuantizationType, out: Bytes, change: LowRankFactors
) -> Encoded | None:
    """Encode (n,) values, whole rows, with what an adapter adds to them; None where no kernel can do both at once."""
    found = encode_with_low_rank(raw, dtype, kind, out, change)
    return None if found is None else _encoded(found, out, is_measured=True, has_change=True)


def _encoded(found: Found, out: Bytes, is_measured: bool, has_change: bool) -> Encoded:
    non_finite, overflows = found.counts.tolist()
    values, squares, products, noise = found.sums.tolist()
    return Encoded(
        out[: found.written],
        non_finite,
        overflows,
        Error(values, noise) if is_measured else None,
        Kept(squares, squares + products, noise) if has_change else None,
    )


def copied_blocks(blocks: Bytes, kind: GGMLQuantizationType) -> Encoded:
    """Whole blocks as they are; those with scales that are NaN or infinite are counted with all their values."""
    if kind in SCALES_AT:
        return Encoded(blocks, count_bad_scales(blocks, kind), 0)
    block, block_bytes = GGML_QUANT_SIZES[kind]
    if kind is T.MXFP4:
        return Encoded(blocks, int(np.count_nonzero(blocks[::block_bytes] == NO_EXPONENT)) * block, 0)
    return Encoded(blocks, count_non_finite(dequantize_blocks(blocks, kind).view(np.uint8), "F32"), 0)
