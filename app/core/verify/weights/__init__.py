"""Every tensor of a finished file against the values that MLX computes from the folder."""
