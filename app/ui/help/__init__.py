"""MLX Ferry Help: the guide in a window of its own."""
