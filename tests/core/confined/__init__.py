"""Tests of the child process that hostile text is given to."""
