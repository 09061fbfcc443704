"""MLX's affine codes → Q4_1 and Q5_1 blocks: scale and bias become float16, codes keep their bits.

Block layouts: ggml-common.h. Q4_1: d, m (float16), then 16 bytes, of which byte i holds code i low, code i + 16 high.
Q5_1: d, m, a uint32 with the fifth bit of each code, then the low four bits as in Q4_1.
"""

import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType

from app.core.encode.encoder import Encoded
from app.core.encode.non_finite import Bytes
from app.core.half import Halves, float32_to_float16

Floats = npt.NDArray[np.float32]
Eights = npt.NDArray[np.uint64]  # eight bytes at once
BLOCK = 32
# 16 bytes as one item: NumPy copies those to where they stand ten times as fast as two items of 8
Q4_1 = np.dtype([("scales", "<u4"), ("codes", "V16")])
Q5_1 = np.dtype([("scales", "<u4"), ("fifth", "<u4"), ("codes", "V16")])
LOW, HIGH = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0xF0F0F0F0F0F0F0F0)
ONES = np.uint64(0x0101010101010101)
GATHER = np.uint64(0x0102040810204080)  # times it, the lowest bit of byte i becomes bit 56 + i
FOUR, TOP = np.uint64(4), np.uint64(56)
INFINITE = np.uint16(0x7C00)  # all bits of float16's exponent


def affine_blocks(
    codes: Bytes, scales: Floats, biases: Floats, kind: GGMLQuantizationType, out: Bytes, *, packed: bool = False
) -> Encoded:
    """`codes` in rows of groups, one scale and one bias for each group, into the beginning of `out`.

    One code in each byte; `packed`: two codes of 4 bits, the first one low, as MLX packs them. A group whose codes are
    all zero gets d = 0: MLX writes a scale of about -1e-7 there, which float16 cannot hold, and which multiplies
    nothing. Values that are not finite are counted.
    """
    count = codes.size * 2 if packed else codes.size
    group_size = count // scales.size
    eights = codes.view(np.uint64)
    used = np.where(_any_code(eights, scales.size), scales, np.float32(0))
    wide = np.concatenate((used, biases))
    halves = float32_to_float16(wide)
    layout = Q5_1 if kind is GGMLQuantizationType.Q5_1 else Q4_1
    blocks = out[: count // BLOCK * layout.itemsize].view(layout)
    pairs = np.ascontiguousarray(halves.reshape(2, -1).T).view("<u4")
    blocks["scales"].reshape(scales.size, -1)[:] = pairs
    if kind is GGMLQuantizationType.Q5_1:
        blocks["fifth"] = ((eights >> FOUR & ONES) * GATHER >> TOP).astype(np.uint8).view("<u4")
        eights = eights & LOW
    blocks["codes"] = (_paired if packed else _joined)(eights).view("V16")
    not_finite, overflows = (groups * group_size for groups in _bad_groups(wide, halves))
    return Encoded(blocks.view(np.uint8), not_finite, overflows)


def _any_code(eights: Eights, group_count: int) -> npt.NDArray[np.bool_]:
    """Whether a group has a code that is not zero."""
    groups = eights.reshape(group_count, -1)
    found: npt.NDArray[np.bool_] = groups[:, 0] != 0  # the first codes tell nearly always
    left = np.flatnonzero(~found)
    found[left] = groups[left].any(axis=1)
    return found


def _joined(eights: Eights) -> Eights:
    """Code i below code i + 16, of one code in each byte."""
    pairs = np.empty(eights.size // 2, np.uint64)
    np.bitwise_or(eights[0::4], eights[2::4] << FOUR, out=pairs[0::2])
    np.bitwise_or(eights[1::4], eights[3::4] << FOUR, out=pairs[1::2])
    return pairs


def _paired(eights: Eights) -> Eights:
    """The same, of two neighbours in each byte. In place where it can be: new memory costs more than the work."""
    low, high = eights[0::2], eights[1::2]
    even, moved = low & LOW, high & LOW
    moved <<= FOUR
    even |= moved  # bytes 0, 2, 4 … of the blocks
    odd = low >> FOUR
    odd &= LOW
    odd |= np.bitwise_and(high, HIGH, out=moved)
    pairs = odd.view(np.uint8).astype("<u2")
    pairs <<= np.uint16(8)
    pairs |= even.view(np.uint8)
    return pairs.view(np.uint64)


def _bad_groups(wide: Floats, halves: Halves) -> tuple[int, int]:
    """How many groups are not finite, and how many become so in float16: of all scales, followed by all biases."""
    seen = np.flatnonzero(halves & INFINITE == INFINITE)
    if not seen.size:
        return 0, 0
    count = wide.size // 2
    bad = np.unique(seen[~np.isfinite(wide[seen])] % count).size
    return bad, np.unique(seen % count).size - bad
