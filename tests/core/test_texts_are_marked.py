"""Sentences for people are Texts whose templates pybabel finds, wherever findings and errors are made."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import app

CORE = Path(app.__file__).parent / "core"
ROOMS = ("checkpoint", "tokenizer", "sandbox", "convert", "weights", "encode")
MODULES = ("exhaustion.py", "findings.py", "ggml_library.py", "human_text.py")
FILES = sorted([*(CORE / name for name in MODULES), *(path for room in ROOMS for path in (CORE / room).glob("*.py"))])

FINDINGS = ("info", "warning", "blocker")  # the code comes first, the subject last
TEMPLATES = {"text": 1, "counted": 2}
OF_OTHERS = ("YAMLError", "AssertionError")  # never shown


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
    calls = [
        (node.func.id, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    said = (part for name, call in calls for argument in _said(name, call) for part in _parts(argument, constants))
    templates = (one for name, call in calls for one in call.args[: TEMPLATES.get(name, 0)])
    return [
        *(ast.unparse(part) for part in said if _is_words(part)),
        *(ast.unparse(one) for one in templates if not (isinstance(one, ast.Constant) and isinstance(one.value, str))),
    ]


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


def _is_words(node: ast.expr) -> bool:
    pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value for one in pieces)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CORE)))
def test_every_sentence_is_a_text(path):
    assert unmarked(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'blocker("code", "It is gone.")',
        'info("code", text("It is gone."), advice="Look.")',
        'warning("code", f"{name} is gone.")',
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
