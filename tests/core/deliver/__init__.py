"""Files that arrive, and models that are here."""
