"""Tests of the work on hostile input in child processes."""
