"""NumPy values → GGUF blocks. Knows neither MLX nor a device; runs in a pool over all cores."""
