"""Tests of the proof of a file's tensors."""
