"""The help: its text, its contents, its window, and the ways to it."""
