"""A finished file on its way to where it is used."""
