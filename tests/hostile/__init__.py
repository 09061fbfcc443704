"""Folders damaged on purpose, through the whole program."""
