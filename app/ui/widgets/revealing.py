"""Show a finished file where it lies, or say that it cannot be shown."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.core.errors import AppError
from app.core.text import text
from app.ui import desktop
from app.ui.widgets.failure import show_failure


def reveal(parent: QWidget, path: Path) -> None:
    """In Finder, or its folder elsewhere."""
    if not desktop.reveal(path):
        hint = text("It may have been moved or deleted, or nothing on this computer opens folders.")
        show_failure(parent, AppError(text("{path} cannot be shown.", path=path), hint))
