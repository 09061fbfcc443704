"""The proof: what a finished file holds against what MLX computes from the folder.

Imports nothing itself: an engine's child begins here, half a second sooner without all that makes a proof.
"""
