"""Tests of values read, decoded, moved and looked at."""
