"""Errors in the window, sorted in one place: plain words with a hint, or a bug with a report to copy."""

import platform
import traceback

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from app import __version__
from app.core.errors import AppError
from app.core.exhaustion import exhaustion
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.shown_text import show_plainly


def show_failure(parent: QWidget, error: BaseException) -> QMessageBox:
    """A sheet that does not block. What can be copied has the whole story."""
    box = QMessageBox(parent)
    known = error if isinstance(error, AppError) else exhaustion(error)
    if known is not None:
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(say(known.message))
        box.setInformativeText(say(known.hint))
    else:
        box.setIcon(QMessageBox.Icon.Critical)
        box.setText(say(text("Something went wrong inside MLX Ferry.")))
        please = text("This is a bug. Nothing was written. Please send the report to its authors.")
        box.setInformativeText(say(please))
    show_plainly(box)
    report = failure_report(error)
    box.setDetailedText(report)
    copy = box.addButton(say(text("Copy Report")), QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()  # copying does not close the sheet
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
    close = box.addButton(QMessageBox.StandardButton.Close)
    box.setDefaultButton(close)
    box.setEscapeButton(close)
    box.finished.connect(box.deleteLater)
    box.open()
    return box


def failure_report(error: BaseException) -> str:
    """Versions and the way to the error."""
    trace = "".join(traceback.format_exception(error))
    return f"MLX Ferry {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n{trace}"
