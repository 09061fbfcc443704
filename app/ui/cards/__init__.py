"""What is known about a model, in cards."""
