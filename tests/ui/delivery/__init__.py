"""Files on their way to other programs."""
