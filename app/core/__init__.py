"""The engine: folder → checkpoint → plan → conversion. Knows no Qt."""
