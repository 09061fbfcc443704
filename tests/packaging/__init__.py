"""Tests of what makes the app, the wheel and their checks."""
