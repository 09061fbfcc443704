"""What the window gives to Qt is a Text that was said, or a name: no literal, and no Text that would stay English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import app.ui
from tests.source_texts import TEMPLATES, calls_in, constants_of, parts_of, words_of

UI = Path(app.ui.__file__).parent
FILES = sorted(UI.rglob("*.py"))

QT = re.compile(
    r"set(Item|Detailed|Informative|Placeholder|Label)?Text|set\w*(ToolTip|Title|Tip|WhatsThis)|setAccessible\w+"
    r"|setNameFilters?|add(Action|Menu|Item|Button|Tab)|Q(Label|Action|Menu|\w*Button|CheckBox|FileDialog|GroupBox)"
)
OURS = re.compile(r"heading|wrapping|plain_action|show_text|announce|show_plainly|_add|_action|_question|__init__")
NAMES = re.compile(r"\bMLX Ferry\b|\bPython\b|Ctrl\+\S+")  # the same in every language
SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;]? [A-Za-z]{2,}")
WORD_BESIDE_A_VALUE = re.compile(r"(^|\s)[A-Za-z]{2,}(\s|$)")


def unsaid(source: str) -> list[str]:
    """What would be shown in English whatever the language is."""
    tree = ast.parse(source)
    constants = constants_of(tree)
    given = [
        (name, part)
        for name, call in _all_calls(tree)
        if QT.fullmatch(name) or OURS.fullmatch(name)
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
        for part in parts_of(argument, constants)
    ]
    qts_own = (call for name, call in _all_calls(tree) if name in ("tr", "translate", "QT_TRANSLATE_NOOP"))
    found = [
        *qts_own,
        *(part for _, part in given if any(re.search("[A-Za-z]", NAMES.sub("", words)) for words in words_of(part))),
        *(part for name, part in given if QT.fullmatch(name) and _is_text(part)),
        *_sentences(tree),
    ]
    return [ast.unparse(node) for node in dict.fromkeys(found)]


def _all_calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    yield from calls_in(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


def _is_text(node: ast.expr) -> bool:
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return is_call and node.func.id in (*TEMPLATES, "joined")  # type: ignore[attr-defined]


def _sentences(tree: ast.Module) -> Iterator[ast.AST]:
    """Several words anywhere, but in a docstring or a template; a word of an f-string."""
    templates = {id(one) for name, call in calls_in(tree) if name in TEMPLATES for one in call.args}
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(one) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for one in node.values}
    for node in ast.walk(tree):
        looked_for = WORD_BESIDE_A_VALUE if isinstance(node, ast.JoinedStr) else SENTENCE
        if id(node) not in templates | alone | inside and any(
            looked_for.search(NAMES.sub("", words)) for words in words_of(node)
        ):
            yield node


def test_every_text_is_said():
    found = {str(path.relative_to(UI)): unsaid(path.read_text(encoding="utf-8")) for path in FILES}
    assert found
    assert {path: sentences for path, sentences in found.items() if sentences} == {}


@pytest.mark.parametrize(
    "source",
    [
        'label.setText("Gone")',
        'label.setToolTip(text("It is gone"))',
        'window.setWindowTitle(f"{name} – gone")',
        'menu.addAction("Gone")',
        'QLabel("Gone")',
        'QPushButton(text("Gone"))',
        'box.addButton("Gone", role)',
        'widget.setAccessibleName("Gone")',
        'field.setPlaceholderText(say(text("Here")) if here else "Gone")',
        'action.setStatusTip(why or "Gone")',
        'GONE = "Gone"\nlabel.setText(GONE)',
        'heading("Gone")',
        'self._add("Gone")',
        'super().__init__("Gone", parent)',
        'self.tr("Gone")',
        'QCoreApplication.translate("Window", "Gone")',
        'reason = "It is gone"',
        'rows = f"{count} rows"',
    ],
)
def test_what_is_not_said_is_found(source):
    assert len(unsaid(source)) == 1


def test_names_and_what_is_said_are_let_by():
    assert (
        unsaid(
            '"""What it does."""\nlabel.setText(say(text("It is gone")))\nwindow.setWindowTitle("MLX Ferry")\n'
            'label.setText(f"{done} / {total}")\nheading(text("Gone"))\nwidget.setObjectName("menu")\n'
        )
        == []
    )
