"""The list of finished files."""
