"""Tests of what the window is put together from."""
