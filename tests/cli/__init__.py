"""Tests of the command line: in this process, and as a program of its own."""
