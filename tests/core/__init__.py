"""Tests of the core, one package for each of its rooms."""
