"""The side bar: models on this Mac, adapters with their bases, recent files."""
