"""A finished file on its way to the programs that run it, and the models that are on this Mac already."""
