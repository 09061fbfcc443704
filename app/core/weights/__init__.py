"""Weights: byte ranges out of files, values on the MLX thread, the look before the plan."""
