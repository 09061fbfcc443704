"""What a remedy leaves to the person is asked in a sheet."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QInputDialog, QWidget

from app.core.errors import AppError
from app.core.plan.header.model_name import parse_name
from app.core.remedies import Applicable, ChooseName, ChoosePreTokenizer, ChooseTensorType
from app.core.text import text
from app.core.tokenizer.pre_tokenizer_table import pre_tokenizer_table
from app.ui.say import say
from app.ui.widgets.choice_sheet import ChoiceSheet
from app.ui.widgets.failure import show_failure

Follow = Callable[[Applicable], object]


def settle(parent: QWidget, remedy: Applicable, follow: Follow) -> None:
    """Follow a remedy at once if it says everything, else when the person has said the rest."""
    match remedy:
        case ChoosePreTokenizer(names) if len(names) > 1:
            choices, title = dict(zip(names, names, strict=True)), text("Choose a Pre-Tokenizer")
            _pre_tokenizer_sheet(parent, title, choices, lambda name: follow(ChoosePreTokenizer((name,))))
        case ChooseTensorType(pattern, names) if len(names) > 1:
            title = text("Choose Another Type")
            remark = text("For the tensors that {pattern} matches.", pattern=pattern)
            choices = dict(zip(names, names, strict=True))
            ChoiceSheet(parent, title, remark, choices, lambda name: follow(replace(remedy, names=(name,))))
        case ChooseName(name):
            ask_for_name(parent, name, follow)
        case _:
            follow(remedy)


def choose_pre_tokenizer(parent: QWidget, current: str, then: Callable[[str], object]) -> None:
    """Any that llama.cpp knows, or "" for the one that is recognised."""
    names = pre_tokenizer_table().names
    choices = {"": text("Automatic"), **dict(zip(names, names, strict=True))}
    _pre_tokenizer_sheet(parent, text("Pre-Tokenizer"), choices, then).show_current(current)


def _pre_tokenizer_sheet(
    parent: QWidget, title: str, choices: dict[str, str], then: Callable[[str], object]
) -> ChoiceSheet:
    remark = text("How llama.cpp splits text before tokenizing. With the wrong one, the model sees different tokens.")
    return ChoiceSheet(parent, title, remark, choices, then)


def ask_for_name(parent: QWidget, name: str, follow: Follow) -> None:
    """What the model is called in the file; nothing for the name that it has of its own."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(say(text("Name the Model")))
    dialog.setLabelText(say(text("The model's name in the file. Leave it empty for the usual one.")))
    dialog.setTextValue(name)

    def named(written: str) -> None:
        try:
            follow(ChooseName(parse_name(written) if written.strip() else ""))
        except AppError as error:
            show_failure(parent, error)

    dialog.textValueSelected.connect(named)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
