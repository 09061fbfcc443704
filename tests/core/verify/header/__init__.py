"""Tests of how a finished file is read."""
