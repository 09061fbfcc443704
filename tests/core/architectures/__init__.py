"""Tests of the families and of how they are written down."""
