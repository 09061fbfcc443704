"""Tests of what the program tries on itself."""
