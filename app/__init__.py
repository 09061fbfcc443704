"""Opens a model folder that MLX wrote, says what is inside and what will be written, and writes a GGUF file."""

import os

# Chunks are computed side by side: threads that a library starts within each would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

__version__ = "0.1.0"
