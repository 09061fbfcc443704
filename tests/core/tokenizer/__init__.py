"""Tests of vocabularies and chat templates."""
