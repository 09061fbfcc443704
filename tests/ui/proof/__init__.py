"""The window's part of the proof."""
