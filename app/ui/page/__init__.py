"""What the page of a model is made of: the overview, and the pages that open from it."""
