"""MLX's 4-bit floats → GGUF's blocks: the same codes and scales in another order, so that no value changes.

MLX: 8 codes in a uint32, the first in the lowest bits (mlx ops.cpp, fp_quantize), and one scale for each group.
GGUF (ggml-common.h): of the values of a group, the first half is in the low bits of its bytes, the second in the high.
MXFP4: an E8M0 exponent, then a group of 32. NVFP4: four E4M3 scales without a sign, then four groups of 16.
"""

import numpy as np

from app.core.arrays import Bytes
from app.core.encode.encoder import Encoded

MX_GROUP, NV_GROUP, NV_GROUPS = 32, 16, 4
NO_NUMBER = 0xFF  # of E8M0, which has no infinity
SIGN, MAGNITUDE, NO_MAGNITUDE = 0x80, 0x7F, 0x7F  # of E4M3, which has no infinity either
BOTH_SIGNS = 0x88  # of the two codes in a byte


def mxfp4_blocks(codes: Bytes, exponents: Bytes) -> Encoded:
    """MXFP4 blocks of the same values. Blocks with an exponent of NaN count as not finite.

    `exponents`: (groups,) E8M0; `codes`: 16 bytes for each of them, two E2M1 values in a byte, the first low.
    """
    blocks = np.concatenate([exponents[:, None], _in_halves(codes, MX_GROUP)], axis=1)
    return Encoded(blocks.reshape(-1), int(np.count_nonzero(exponents == NO_NUMBER)) * MX_GROUP, 0)


def nvfp4_blocks(codes: Bytes, scales: Bytes) -> Encoded:
    """NVFP4 blocks of the same values. The sign of a scale goes to its codes; NaN counts as not finite.

    `scales`: (groups,) E4M3, a multiple of four; `codes`: 8 bytes for each, two E2M1 values in a byte, the first low.
    """
    magnitudes = scales & MAGNITUDE
    signs = np.where(scales & SIGN, np.uint8(BOTH_SIGNS), np.uint8(0))
    groups = _in_halves(codes, NV_GROUP) ^ signs[:, None]
    block_count = scales.size // NV_GROUPS
    blocks = np.concatenate([magnitudes.reshape(block_count, -1), groups.reshape(block_count, -1)], axis=1)
    return Encoded(blocks.reshape(-1), int(np.count_nonzero(magnitudes == NO_MAGNITUDE)) * NV_GROUP, 0)


def _in_halves(codes: Bytes, group: int) -> Bytes:
    """Bytes of neighbours → bytes of a value and the one half a group further, a row for each group."""
    pairs = codes.reshape(-1, group // 2)
    values = np.empty((pairs.shape[0], group), np.uint8)
    values[:, 0::2] = pairs & 0x0F
    values[:, 1::2] = pairs >> 4
    half = group // 2
    return values[:, :half] | values[:, half:] << np.uint8(4)
