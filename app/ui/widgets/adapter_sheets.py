"""Questions about adapters: which to add or remove, what a dropped one is for, and where its base is."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.model.fine_tunes import BaseNotFoundError
from app.core.text import in_one_line, text
from app.ui.say import say
from app.ui.widgets.choice_sheet import ChoiceSheet
from app.ui.widgets.sheets import choose_folder
from app.ui.widgets.shown_text import menu_text, show_plainly

Then = Callable[[Path], object]


def choose_adapter(parent: QWidget, then: Then) -> None:
    """An adapter's folder."""
    choose_folder(parent, text("Choose an adapter folder"), then)


def ask_which_to_remove(parent: QWidget, names: Sequence[str], then: Callable[[int], object]) -> None:
    """One of several adapters, by its number."""
    choices = {str(number): in_one_line(name) for number, name in enumerate(names)}
    ChoiceSheet(parent, text("Remove Adapter"), "", choices, lambda number: then(int(number)))


def ask_what_for(
    parent: QWidget, adapter: str, model: str, add: Callable[[], object], open_alone: Callable[[], object]
) -> None:
    """An adapter was dropped while a model is open."""
    names = {"adapter": in_one_line(adapter), "model": in_one_line(model)}
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(say(text("Add {adapter} to {model}?", **names)))
    box.setInformativeText(say(text("Or open it with the model that it was trained on.")))
    yes = box.addButton(say(text("Add")), QMessageBox.ButtonRole.AcceptRole)
    other = box.addButton(say(text("Open with Its Own Model")), QMessageBox.ButtonRole.ActionRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(yes)
    yes.clicked.connect(lambda: add())
    other.clicked.connect(lambda: open_alone())
    _show(box)


def ask_for_base(parent: QWidget, error: BaseNotFoundError, then: Then) -> None:
    """The model that an adapter needs was not found: which one it is, and a button to say where it is."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Information)
    box.setText(say(error.message))
    advice = (
        text("If you have it, choose its folder. If not, download it first, for example with LM Studio, and try again.")
        if error.base
        else text("Choose the folder of that model.")
    )
    box.setInformativeText(say(advice))
    choose = box.addButton(menu_text(say(text("Choose the Model…"))), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(choose)
    choose.clicked.connect(lambda: choose_folder(parent, text("Choose the model that was fine-tuned"), then))
    _show(box)


def _show(box: QMessageBox) -> None:
    box.finished.connect(box.deleteLater)
    show_plainly(box)
    box.open()
