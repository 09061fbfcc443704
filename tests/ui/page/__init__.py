"""Tests of the page of a model: the overview, and the pages that open from it."""
