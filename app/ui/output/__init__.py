"""What is to be written, and where; progress and result."""
