"""Tests of the pipeline and of the file that it writes."""
