"""MLX's MXFP4 → float32, exactly: where an op needs values, or head and embedding are compared."""

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

GROUP = 32
MAGNITUDES = (0, 0.5, 1, 1.5, 2, 3, 4, 6)  # E2M1: mlx fp4.h
VALUES = np.array((*MAGNITUDES, *(-m for m in map(float, MAGNITUDES))), np.float32)  # the sign is the highest bit
BIAS = 127
NAN = 0xFF  # E8M0 has no infinity


def mxfp4_values(codes: Bytes, exponents: Bytes) -> npt.NDArray[np.float32]:
    """Two codes in each byte, the first low; one exponent for 32 values. In NumPy, which keeps subnormals."""
    values = np.empty((codes.size, 2), np.float32)
    values[:, 0] = VALUES[codes & 0x0F]
    values[:, 1] = VALUES[codes >> 4]
    groups = values.reshape(-1, GROUP)
    with np.errstate(over="ignore"):  # infinite ones are counted when they are encoded
        np.ldexp(groups, exponents.astype(np.int32)[:, None] - BIAS, out=groups)
    groups[exponents == NAN] = np.nan
    return groups.reshape(-1)
