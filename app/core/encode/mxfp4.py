"""MLX's MXFP4 → GGUF's: the same 4-bit codes and exponents in another order, so that no value changes.

MLX: 8 codes in a uint32, the first in the lowest bits (mlx ops.cpp, fp_quantize), one E8M0 exponent for 32 values.
GGUF: the exponent, then 16 bytes, of which byte i holds value i low and value i + 16 high (ggml-common.h, block_mxfp4).
"""

import numpy as np

from app.core.encode.encoder import Encoded
from app.core.encode.non_finite import Bytes

BLOCK, CODE_BYTES = 32, 16
NAN = 0xFF  # E8M0 has no infinity


def mxfp4_blocks(codes: Bytes, exponents: Bytes) -> Encoded:
    """`codes`: 16 bytes for each of the `exponents`. Blocks with an exponent of NaN count as not finite."""
    pairs = codes.reshape(-1, CODE_BYTES)  # byte i holds value 2i low and value 2i + 1 high
    values = np.empty((pairs.shape[0], BLOCK), np.uint8)
    values[:, 0::2] = pairs & 0x0F
    values[:, 1::2] = pairs >> 4
    blocks = np.empty((pairs.shape[0], 1 + CODE_BYTES), np.uint8)
    blocks[:, 0] = exponents
    blocks[:, 1:] = values[:, :CODE_BYTES] | values[:, CODE_BYTES:] << 4
    return Encoded(blocks.reshape(-1), int(np.count_nonzero(exponents == NAN)) * BLOCK, 0)
