"""Adapters as their files have them."""
