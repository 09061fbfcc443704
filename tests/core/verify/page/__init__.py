"""Tests of the page of a verification."""
