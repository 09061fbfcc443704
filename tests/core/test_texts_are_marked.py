"""Sentences for people are Texts whose templates pybabel finds, wherever findings and errors are made.

What the window gives to Qt is looked at in tests/ui/test_texts_are_said.py.
"""

import ast
from pathlib import Path
from string import Formatter

import pytest

import app
from tests.source_texts import TEMPLATES, calls_in, constants_of, parts_of, words_of

APP = Path(app.__file__).parent
FILES = sorted(path for room in ("core", "cli", "ui", "self_test") for path in (APP / room).rglob("*.py"))

FINDINGS = ("info", "warning", "blocker")  # the code comes first, the subject last
REASONS = ("DroppedTensor", "bad_config", "Requirement", "never")  # a sentence among other things
OF_OTHERS = ("YAMLError", "AssertionError", "AttributeError", "FileNotFoundError")  # never shown


def unmarked(source: str) -> list[str]:
    """What a person would read in English whatever the language is."""
    tree = ast.parse(source)
    constants = constants_of(tree)
    calls = list(calls_in(tree))
    said = (part for name, call in calls for argument in _said(name, call) for part in parts_of(argument, constants))
    reasons = (
        part
        for name, call in calls
        if name in REASONS
        for argument in call.args
        for part in parts_of(argument, constants)
    )
    hidden = (call for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for call in calls_in(node))
    templates = (one for name, call in calls for one in call.args[: TEMPLATES.get(name, 0)])
    return [
        *(ast.unparse(part) for part in said if any(words_of(part))),
        *(ast.unparse(part) for part in reasons if any(" " in words for words in words_of(part))),
        *(ast.unparse(call) for name, call in hidden if name in TEMPLATES),
        *(ast.unparse(one) for one in templates if not (isinstance(one, ast.Constant) and isinstance(one.value, str))),
    ]


def _said(name: str, call: ast.Call) -> list[ast.expr]:
    if name in FINDINGS:
        return [*call.args[1:4], *(word.value for word in call.keywords if word.arg in ("meaning", "advice"))]
    return call.args if name.endswith("Error") and name not in OF_OTHERS else []


def test_every_sentence_is_a_text():
    found = {str(path.relative_to(APP)): unmarked(path.read_text(encoding="utf-8")) for path in FILES}
    assert found
    assert {path: sentences for path, sentences in found.items() if sentences} == {}


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
        """f"{say(text('It is gone'))} (*)\"""",
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
    found = [(name, call) for tree in trees for name, call in calls_in(tree) if name in TEMPLATES]
    assert len(found) > 100
    assert [ast.unparse(call) for name, call in found if not _has_its_values(name, call)] == []


def _has_its_values(name: str, call: ast.Call) -> bool:
    templates = [one.value for one in call.args[: TEMPLATES[name]] if isinstance(one, ast.Constant)]
    assert len(templates) == TEMPLATES[name], ast.unparse(call)
    wanted = {field for one in templates for _, field, _, _ in Formatter().parse(str(one)) if field is not None}
    given = {keyword.arg for keyword in call.keywords} | ({"count"} if name == "counted" and wanted else set())
    return None in given or not given or given == wanted
