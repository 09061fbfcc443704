"""Tests of what both fronts say of a plan."""
