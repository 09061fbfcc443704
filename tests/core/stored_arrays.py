"""The arrays of a safetensors file as mlx reads them, for NumPy."""

from pathlib import Path

import mlx.core as mx
import numpy as np
import numpy.typing as npt


def stored_arrays(path: Path) -> dict[str, mx.array]:
    arrays = mx.load(str(path))
    assert isinstance(arrays, dict)
    return arrays


def stored_values(path: Path, name: str) -> npt.NDArray[np.float64]:
    """One of them, widened."""
    return np.array(stored_arrays(path)[name].astype(mx.float32)).astype(np.float64)
