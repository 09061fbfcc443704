"""Sentences for people are texts whose templates are written out, and have a value for each of their names."""

import ast
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

APP = Path(__file__).parents[2] / "app"
ROOMS = ("architectures", "describe", "model", "plan")
MAKERS = ("info", "warning", "blocker", "PlanError", "DroppedTensor", "bad_config", "Requirement", "never")
TEMPLATES = {"text": 1, "counted": 2}  # how many come first


@cache
def calls(room, says_texts=False):
    """Every call of a plain name in a folder, with its place; only of modules that have texts where `says_texts`."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(room.rglob("*.py"))}
    return [
        (f"{path.relative_to(APP)}:{node.lineno}", node.func.id, node)
        for path, source in sources.items()
        if not says_texts or "from app.core.text import" in source
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


def is_plain_sentence(node):
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value for part in parts)


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_is_a_plain_string(room):
    found = [(where, maker, node) for where, maker, node in calls(APP / "core" / room) if maker in MAKERS]
    assert [
        (where, maker)
        for where, maker, node in found
        for argument in node.args
        if any(map(is_plain_sentence, branches(argument)))
    ] == []


def branches(node):
    """What an argument may be."""
    return (*branches(node.body), *branches(node.orelse)) if isinstance(node, ast.IfExp) else (node,)


def test_every_template_is_written_out_and_has_its_values():
    found = [(where, maker, node) for where, maker, node in calls(APP, says_texts=True) if maker in TEMPLATES]
    assert len(found) > 100
    wrong = []
    for where, maker, node in found:
        templates = node.args[: TEMPLATES[maker]]
        given = {keyword.arg for keyword in node.keywords} | ({"count"} if maker == "counted" else set())
        if not all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in templates):
            wrong.append((where, "is not written out"))
        elif None not in given and (bool(given) and given != names(templates)):
            wrong.append((where, given ^ names(templates)))
    assert wrong == []


def names(templates):
    return {name for one in templates for _, name, _, _ in Formatter().parse(one.value) if name is not None}
