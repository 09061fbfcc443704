"""Sentences for people are Texts whose templates pybabel finds, wherever findings and errors are made."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import app

APP = Path(app.__file__).parent
FILES = sorted(path for room in ("core", "cli") for path in (APP / room).rglob("*.py"))

FINDINGS = ("info", "warning", "blocker")  # the code comes first, the subject last
TEMPLATES = {"text": 1, "counted": 2}
REASONS = ("DroppedTensor", "bad_config", "Requirement", "never")  # a sentence among other things
OF_OTHERS = ("YAMLError", "AssertionError", "AttributeError", "FileNotFoundError")  # never shown


def unmarked(source: str) -> list[str]:
    """What a person would read in English whatever the language is."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = list(_calls(tree))
    said = (part for name, call in calls for argument in _said(name, call) for part in _parts(argument, constants))
    reasons = (
        part
        for name, call in calls
        if name in REASONS
        for argument in call.args
        for part in _parts(argument, constants)
    )
    templates = (one for name, call in calls for one in call.args[: TEMPLATES.get(name, 0)])
    return [
        *(ast.unparse(part) for part in said if any(_words(part))),
        *(ast.unparse(part) for part in reasons if any(" " in words for words in _words(part))),
        *(ast.unparse(one) for one in templates if not (isinstance(one, ast.Constant) and isinstance(one.value, str))),
    ]


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a plain name."""
    return (
        (node.func.id, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )


def _said(name: str, call: ast.Call) -> list[ast.expr]:
    if name in FINDINGS:
        return [*call.args[1:4], *(word.value for word in call.keywords if word.arg in ("meaning", "advice"))]
    return call.args if name.endswith("Error") and name not in OF_OTHERS else []


def _parts(node: ast.expr, constants: dict[str, ast.expr]) -> Iterator[ast.expr]:
    """Either side of a choice; what a name of the module stands for."""
    if isinstance(node, ast.IfExp):
        yield from (*_parts(node.body, constants), *_parts(node.orelse, constants))
    elif isinstance(node, ast.BoolOp):
        yield from (part for value in node.values for part in _parts(value, constants))
    else:
        yield constants.get(node.id, node) if isinstance(node, ast.Name) else node


def _words(node: ast.expr) -> Iterator[str]:
    pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
    return (one.value for one in pieces if isinstance(one, ast.Constant) and isinstance(one.value, str))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_every_sentence_is_a_text(path):
    assert unmarked(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'blocker("code", "It is gone.")',
        'info("code", text("It is gone."), advice="Look.")',
        'warning("code", f"{name} is gone.")',
        'never("experts", "experts of one size")',
        'DroppedTensor(tensor, text("a") if new else f"{name} is left out")',
        'raise PlanError(text("a") if new else "It is old.")',
        'raise TokenizerError(why or "it is gone")',
        'GONE = "It is gone."\nraise _BadFileError(GONE)',
        'text(f"{name} is gone.")',
        'counted("one", MANY, 2)',
    ],
)
def test_what_is_no_text_is_found(source):
    assert len(unmarked(source)) == 1


def test_what_a_library_says_is_no_sentence_of_ours():
    assert (
        unmarked('raise TokenizerError(f"{error!s:.200}")\nblocker("code", text("{a} is gone.", a=1), "", "", NAME)')
        == []
    )


def test_every_template_has_its_values():
    files = [path.read_text(encoding="utf-8") for path in sorted(APP.rglob("*.py"))]
    trees = [ast.parse(source) for source in files if "from app.core.text import" in source]
    found = [(name, call) for tree in trees for name, call in _calls(tree) if name in TEMPLATES]
    assert len(found) > 100
    assert [ast.unparse(call) for name, call in found if not _has_its_values(name, call)] == []


def _has_its_values(name: str, call: ast.Call) -> bool:
    templates = [one.value for one in call.args[: TEMPLATES[name]] if isinstance(one, ast.Constant)]
    assert len(templates) == TEMPLATES[name], ast.unparse(call)
    wanted = {field for one in templates for _, field, _, _ in Formatter().parse(str(one)) if field is not None}
    given = {keyword.arg for keyword in call.keywords} | ({"count"} if name == "counted" else set())
    return None in given or not given or given == wanted
