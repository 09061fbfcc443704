"""Errors in the window, sorted in one place: plain words with a hint, or a bug with a report to copy."""

import traceback
from dataclasses import dataclass

from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.errors import AppError
from app.core.exhaustion import exhaustion
from app.core.text import text
from app.ui.session_log import logger, this_system
from app.ui.widgets.report_box import report_box


@dataclass(frozen=True)
class Failure:
    """What a person is told of an error. It holds none of what was at work when the error came."""

    message: str
    hint: str
    report: str
    is_bug: bool = False


def failure_of(error: BaseException) -> Failure:
    """Message and hint of an error that was foreseen, or that something went wrong; the log has that, too."""
    report = failure_report(error)
    known = error if isinstance(error, AppError) else exhaustion(error)
    if known is not None:
        return Failure(known.message, known.hint, report)
    logger.error("%s", report)
    please = text("This is a bug. Nothing was written. Please send the report to its authors.")
    return Failure(text("Something went wrong inside MLX Ferry."), please, report, is_bug=True)


def show_failure(parent: QWidget, error: BaseException | Failure) -> QMessageBox:
    """A sheet that does not block. What can be copied has the whole story."""
    failure = error if isinstance(error, Failure) else failure_of(error)
    sign = QMessageBox.Icon.Critical if failure.is_bug else QMessageBox.Icon.Warning
    return report_box(parent, failure.message, failure.hint, failure.report, sign)


def show_crash(parent: QWidget, report: str) -> QMessageBox:
    """What the last session left when it was ended by an error in a library."""
    return report_box(
        parent,
        text("MLX Ferry quit unexpectedly the last time."),
        text("This report stays on this computer unless you send it to the authors."),
        report,
        QMessageBox.Icon.Information,
    )


def failure_report(error: BaseException) -> str:
    """Versions and the way to the error."""
    return f"{this_system()}\n\n{''.join(traceback.format_exception(error))}"
