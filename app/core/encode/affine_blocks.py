"""MLX's affine codes → Q4_1 and Q5_1 blocks: scale and bias become float16, codes keep their bits.

Block layouts: ggml-common.h. Q4_1: d, m (float16), then 16 bytes, of which byte i holds code i low, code i + 16 high.
Q5_1: d, m, a uint32 with the fifth bit of each code, then the low four bits as in Q4_1.
"""

import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType

from app.core.encode.encoder import Encoded
from app.core.encode.non_finite import Bytes

Floats = npt.NDArray[np.float32]
Eights = npt.NDArray[np.uint64]  # eight codes, one in each byte
BLOCK = 32
Q4_1 = np.dtype([("d", "<f2"), ("m", "<f2"), ("first", "<u8"), ("second", "<u8")])
Q5_1 = np.dtype([("d", "<f2"), ("m", "<f2"), ("fifth", "<u4"), ("first", "<u8"), ("second", "<u8")])
LOW, ONES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
GATHER = np.uint64(0x0102040810204080)  # times it, the lowest bit of byte i becomes bit 56 + i
FOUR, TOP = np.uint64(4), np.uint64(56)


def affine_blocks(codes: Bytes, scales: Floats, biases: Floats, kind: GGMLQuantizationType) -> Encoded:
    """`codes` in rows of groups, one scale and one bias for each group. Values that are not finite are counted.

    A group whose codes are all zero gets d = 0: MLX writes a scale of about -1e-7 there, which float16 cannot hold, and
    which multiplies nothing.
    """
    group_size = codes.size // scales.size
    eights = codes.view(np.uint64)
    used = np.where(_any_code(eights, scales.size), scales, np.float32(0))
    with np.errstate(over="ignore"):  # counted below
        steps, offsets = used.astype(np.float16), biases.astype(np.float16)
    bad = ~(np.isfinite(used) & np.isfinite(biases))
    too_large = ~bad & ~(np.isfinite(steps) & np.isfinite(offsets))
    blocks = np.empty(codes.size // BLOCK, Q5_1 if kind is GGMLQuantizationType.Q5_1 else Q4_1)
    blocks["d"] = np.repeat(steps, group_size // BLOCK)
    blocks["m"] = np.repeat(offsets, group_size // BLOCK)
    if kind is GGMLQuantizationType.Q5_1:
        blocks["fifth"] = ((eights >> FOUR & ONES) * GATHER >> TOP).astype(np.uint8).view("<u4")
        eights = eights & LOW
    blocks["first"] = eights[0::4] | eights[2::4] << FOUR
    blocks["second"] = eights[1::4] | eights[3::4] << FOUR
    not_finite, overflows = (int(np.count_nonzero(groups)) * group_size for groups in (bad, too_large))
    return Encoded(blocks.view(np.uint8), not_finite, overflows)


def _any_code(eights: Eights, group_count: int) -> npt.NDArray[np.bool_]:
    """Whether a group has a code that is not zero."""
    groups = eights.reshape(group_count, -1)
    found: npt.NDArray[np.bool_] = groups[:, 0] != 0  # the first eight codes tell nearly always
    left = np.flatnonzero(~found)
    found[left] = groups[left].any(axis=1)
    return found
