"""Errors in the window, sorted in one place: plain words with a hint, or a bug with a report to copy."""

import traceback

from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.errors import AppError
from app.core.exhaustion import exhaustion
from app.core.text import text
from app.ui.session_log import logger, this_system
from app.ui.widgets.report_box import report_box


def show_failure(parent: QWidget, error: BaseException) -> QMessageBox:
    """A sheet that does not block. What can be copied has the whole story; the log has it, too, if it is a bug."""
    report = failure_report(error)
    known = error if isinstance(error, AppError) else exhaustion(error)
    if known is not None:
        return report_box(parent, known.message, known.hint, report, QMessageBox.Icon.Warning)
    logger.error("%s", report)
    please = text("This is a bug. Nothing was written. Please send the report to its authors.")
    return report_box(parent, text("Something went wrong inside MLX Ferry."), please, report, QMessageBox.Icon.Critical)


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
