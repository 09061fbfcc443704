"""Tests of what is found in a folder, sound or damaged."""
