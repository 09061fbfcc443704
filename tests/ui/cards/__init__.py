"""Tests of the cards beside the table."""
