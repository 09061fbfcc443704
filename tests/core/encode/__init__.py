"""Tests of blocks made of values."""
