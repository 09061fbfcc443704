"""What is known of a tensor, of the head, and of the model as a whole, beside the table."""
