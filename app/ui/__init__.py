"""The window: shows what the core says and passes on what the user wants. Qt lives here and nowhere else."""
