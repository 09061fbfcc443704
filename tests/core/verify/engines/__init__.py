"""Tests of the engines and their processes."""
