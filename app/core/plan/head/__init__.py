"""The lm_head verdict."""
