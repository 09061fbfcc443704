"""The command line: inspect | convert. Shows what the core says; decides nothing."""

from app.cli.main import main

__all__ = ["main"]
