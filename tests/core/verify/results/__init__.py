"""Tests of how a verification is told."""
