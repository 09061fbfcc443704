"""What tensors of PEFT adapters hold in these tests, by their names."""

import re
import zlib

import numpy as np

IN_MEMORY_ONLY = re.compile(r"\.default|\.modules_to_save|\.weight$")
SMALL, USUAL = 0.1, 0.5


def trained_values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """float32, the same for a parameter of the library and for what it saves of it."""
    name = IN_MEMORY_ONLY.sub("", name)
    numbers = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode()))).random(shape)
    spread = SMALL if name.endswith(("lora_B", "lora_embedding_B")) else USUAL
    return ((numbers - 0.5) * spread + name.endswith("lora_magnitude_vector")).astype(np.float32)


def sampled(shape: tuple[int, ...]) -> np.ndarray:
    """Where a tensor is looked at: places all over it, counted through all values."""
    return np.linspace(0, np.prod(shape) - 1, 23, dtype=np.int64)
