"""Errors in the window, sorted in one place: plain words with a hint, or a bug with a report to copy."""

import platform
import traceback
from dataclasses import dataclass

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from app import __version__
from app.core.errors import AppError
from app.core.exhaustion import exhaustion
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.shown_text import show_plainly


@dataclass(frozen=True)
class Failure:
    """What a person is told of an error. It holds none of what was at work when the error came."""

    message: str
    hint: str
    report: str
    is_bug: bool = False


def failure_of(error: BaseException) -> Failure:
    """Message and hint of an error that was foreseen, or that something went wrong."""
    known = error if isinstance(error, AppError) else exhaustion(error)
    if known is not None:
        return Failure(known.message, known.hint, failure_report(error))
    please = text("This is a bug. Nothing was written. Please send the report to its authors.")
    return Failure(text("Something went wrong inside MLX Ferry."), please, failure_report(error), is_bug=True)


def show_failure(parent: QWidget, error: BaseException | Failure) -> QMessageBox:
    """A sheet that does not block. What can be copied has the whole story."""
    failure = error if isinstance(error, Failure) else failure_of(error)
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Critical if failure.is_bug else QMessageBox.Icon.Warning)
    box.setText(say(failure.message))
    box.setInformativeText(say(failure.hint))
    show_plainly(box)
    box.setDetailedText(failure.report)
    copy = box.addButton(say(text("Copy Report")), QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()  # copying does not close the sheet
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(failure.report))
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
