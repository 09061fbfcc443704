"""Tests of the tensor table: rows, columns, filter."""
