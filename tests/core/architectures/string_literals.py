"""The texts that stand in a Python file."""

import ast
from pathlib import Path


def strings_in(path: Path) -> set[str]:
    """Those that could be the name of a setting."""
    return {one for one in all_strings_in(path) if one.isidentifier()}


def all_strings_in(path: Path) -> set[str]:
    """Every string literal."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
