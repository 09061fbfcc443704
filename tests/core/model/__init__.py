"""Tests of a model, found in a folder."""
