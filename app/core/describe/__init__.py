"""A plan as rows of text and as JSON: what both fronts and the report say."""
