"""Tests of menus by themselves."""
