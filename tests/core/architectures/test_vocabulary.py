"""The words that families are written in."""

import ast
from pathlib import Path

import pytest

from app.core.architectures import families, vocabulary

FILES = sorted(path for path in Path(families.__path__[0]).glob("*.py") if path.stem != "__init__")


def bound(tree: ast.Module) -> set[str]:
    """The names that a file gives to something of its own, or takes from elsewhere."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            found |= {name.asname or name.name for name in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_word_means_the_same_in_every_file(file):
    assert bound(ast.parse(file.read_text(encoding="utf-8"))) & set(vocabulary.__all__) == set()


def test_every_word_is_used():
    used = {
        node.id
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name)
    }
    assert set(vocabulary.__all__) - used == set()
