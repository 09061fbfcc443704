"""A folder and its family, found once: what the look, the vocabulary and the plan all start from."""
