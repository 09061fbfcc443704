"""Tests of the window: offscreen, on the real engine."""
