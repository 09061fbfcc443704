"""Both engines asked the same question: llama.cpp about a file, mlx-lm about its folder, each in its own process."""
