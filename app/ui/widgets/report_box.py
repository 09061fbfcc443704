"""A sheet with a report that can be read, copied and saved; nothing is sent."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.convert.part_file import write_text
from app.core.errors import AppError
from app.core.text import Text, text
from app.ui.say import say
from app.ui.widgets.sheets import save_bug_report
from app.ui.widgets.shown_text import show_plainly

FILE_NAME = "MLX Ferry report.txt"


def report_box(parent: QWidget, what: str, more: str, report: str, icon: QMessageBox.Icon) -> QMessageBox:
    """Opens at once; does not block."""
    box = QMessageBox(parent)
    box.setIcon(icon)
    box.setText(say(what))
    box.setInformativeText(say(more))
    show_plainly(box)
    box.setDetailedText(report)
    _add(box, text("Copy Report"), lambda: QGuiApplication.clipboard().setText(report))
    _add(box, text("Save Report…"), lambda: _save(box, report))
    close = box.addButton(QMessageBox.StandardButton.Close)
    box.setDefaultButton(close)
    box.setEscapeButton(close)
    box.finished.connect(box.deleteLater)
    box.open()
    return box


def _add(box: QMessageBox, title: Text, do: Callable[[], object]) -> None:
    button = box.addButton(say(title), QMessageBox.ButtonRole.ActionRole)
    button.clicked.disconnect()  # neither closes the sheet
    button.clicked.connect(do)


def _save(box: QMessageBox, report: str) -> None:
    save_bug_report(box, Path.home() / FILE_NAME, lambda path: _write(box, path, report))


def _write(box: QMessageBox, path: Path, report: str) -> None:
    try:
        write_text(path, report + "\n", overwrite=True)
    except AppError as error:  # the sheet stays: the report can be copied
        box.setInformativeText(say(error.message))
