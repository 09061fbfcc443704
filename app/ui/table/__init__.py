"""The plan as a table of tensors."""
