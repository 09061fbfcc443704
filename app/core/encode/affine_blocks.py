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
BLOCK, HALF = 32, 16


def affine_blocks(codes: Bytes, scales: Floats, biases: Floats, kind: GGMLQuantizationType) -> Encoded:
    """`codes` in rows of groups, one scale and one bias for each group. Values that are not finite are counted.

    A group whose codes are all zero gets d = 0: MLX writes a scale of about -1e-7 there, which float16 cannot hold, and
    which multiplies nothing.
    """
    grouped = codes.reshape(scales.size, -1)
    used = np.where(grouped.any(axis=1), scales, np.float32(0))
    with np.errstate(over="ignore"):  # counted below
        steps, offsets = used.astype(np.float16), biases.astype(np.float16)
    bad = ~(np.isfinite(used) & np.isfinite(biases))
    too_large = ~bad & ~(np.isfinite(steps) & np.isfinite(offsets))
    per_group = grouped.shape[1] // BLOCK
    fifth_bits = kind is GGMLQuantizationType.Q5_1
    values = codes.reshape(-1, BLOCK)
    parts = [
        np.repeat(steps, per_group).view(np.uint8).reshape(-1, 2),
        np.repeat(offsets, per_group).view(np.uint8).reshape(-1, 2),
        *([np.packbits(values >> 4, axis=1, bitorder="little")] if fifth_bits else []),
        (values[:, :HALF] & 0x0F) | (values[:, HALF:] & 0x0F) << 4,
    ]
    data = np.concatenate(parts, axis=1).reshape(-1)
    size = grouped.shape[1]
    return Encoded(data, int(np.count_nonzero(bad)) * size, int(np.count_nonzero(too_large)) * size)
