"""Tests of what a plan says will be written."""
