"""Formats and readiness, without a window."""
