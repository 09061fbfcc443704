"""What mlx-lm predicts with a folder and llama.cpp with the file: what is asked, how, and how it is compared."""
