"""The queue: what it does with its items, and how it shows them."""
