"""What stands in no class that has a `tr` of its own."""

from PySide6.QtCore import QCoreApplication


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Window", text)
