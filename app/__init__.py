"""Opens a model folder that MLX wrote, says what is inside and what will be written, and writes a GGUF file."""

__version__ = "0.1.0"
