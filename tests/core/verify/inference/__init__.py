"""Tests of the comparison of predictions."""
