"""The proof of a finished file."""
