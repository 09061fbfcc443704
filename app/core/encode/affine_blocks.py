"""MLX's affine codes → Q4_1 and Q5_1 blocks: scale and bias become float16, codes keep their bits.

Block layouts: ggml-common.h. Q4_1: d, m (float16), then 16 bytes, of which byte i holds code i low, code i + 16 high.
Q5_1: d, m, a uint32 with the fifth bit of each code, then the low four bits as in Q4_1.
"""

from ctypes import c_int

import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType

from app.core.arrays import Bytes, Halves
from app.core.encode.encoder import Encoded
from app.core.floats import WIDTHS, to_float16, widened
from app.core.kernel_library import INTEGER, POINTER, kernel_function

Stored = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]  # bits of scales or biases
Numbers = npt.NDArray[np.intp]
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
    parts: tuple[Bytes, Bytes, Bytes], dtype: str, group_size: int, kind: GGMLQuantizationType, out: Bytes
) -> Encoded:
    """Q4_1 or Q5_1 blocks, in the beginning of `out`, that hold the values of affine groups.

    `parts`: codes in rows of `group_size`, then one scale and one bias of `dtype` for each group, all as bytes. One
    code in each byte, or two of 4 bits, the first one low, as MLX packs them: the number of groups tells. A group whose
    codes are all zero gets d = 0: MLX writes a scale of about -1e-7 there, which float16 cannot hold, and which
    multiplies nothing. Values that are not finite are counted.
    """
    codes, scales, biases = parts
    is_paired = codes.size < scales.size // np.dtype(WIDTHS[dtype]).itemsize * group_size
    made = _by_kernel(parts, dtype, group_size, out) if is_paired and kind is GGMLQuantizationType.Q4_1 else None
    if made is not None:
        return made
    both = np.concatenate((scales, biases)).view(WIDTHS[dtype])
    group_count = both.size // 2
    count = group_count * group_size
    eights = codes.view(np.uint64)
    both[:group_count][_unused(eights, group_count)] = 0
    halves = to_float16(both.view(np.uint8), dtype)
    layout = Q5_1 if kind is GGMLQuantizationType.Q5_1 else Q4_1
    blocks = out[: count // BLOCK * layout.itemsize].view(layout)
    pairs = halves[group_count:].astype("<u4")
    pairs <<= np.uint32(16)
    pairs |= halves[:group_count]
    block_count = group_size // BLOCK
    for number in range(block_count):  # all first blocks of a group, all second ones …: long strides copy fast
        blocks["scales"][number::block_count] = pairs
    if kind is GGMLQuantizationType.Q5_1:
        blocks["fifth"] = ((eights >> FOUR & ONES) * GATHER >> TOP).astype(np.uint8).view("<u4")
        eights = eights & LOW
    blocks["codes"] = (_paired if is_paired else _joined)(eights).view("V16")
    return Encoded(blocks.view(np.uint8), *_bad_values(both, dtype, halves, group_size))


def _by_kernel(parts: tuple[Bytes, Bytes, Bytes], dtype: str, group_size: int, out: Bytes) -> Encoded | None:
    """All of it for Q4_1 and two codes in each byte, in one pass of our own library; None without one."""
    to_q4_1 = kernel_function(
        "mlx_ferry_affine_to_q4_1",
        c_int,
        *(POINTER, POINTER, POINTER, c_int, INTEGER, INTEGER, POINTER, POINTER),
    )
    if to_q4_1 is None:
        return None
    assert all(array.flags.c_contiguous for array in (*parts, out))
    counts, group_count = np.zeros(2, np.int64), 2 * parts[0].size // group_size
    places = (part.ctypes.data for part in parts)
    stored = int(GGMLQuantizationType[dtype])
    done = to_q4_1(*places, stored, group_count, group_size, out.ctypes.data, counts.ctypes.data)
    blocks = out[: group_count * group_size // BLOCK * Q4_1.itemsize]
    non_finite, overflows = counts.tolist()
    return Encoded(blocks, non_finite, overflows) if done else None


def _unused(eights: Eights, group_count: int) -> Numbers:
    """The numbers of the groups whose codes are all zero."""
    groups = eights.reshape(group_count, -1)
    seen = np.flatnonzero(groups[:, 0] == 0)  # the first codes tell nearly always
    return seen[~groups[seen].any(axis=1)]


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


def _bad_values(both: Stored, dtype: str, halves: Halves, group_size: int) -> tuple[int, int]:
    """How many values are of groups that are not finite, and of such as become so in float16.

    `both`, and as float16 `halves`: all scales, followed by all biases.
    """
    seen = np.flatnonzero(halves & INFINITE == INFINITE)
    if not seen.size:
        return 0, 0
    count = both.size // 2
    bad = np.unique(seen[~np.isfinite(widened(both[seen].view(np.uint8), dtype))] % count).size
    return bad * group_size, (np.unique(seen % count).size - bad) * group_size
