"""Texts in which names of strangers may stand: what looks like HTML in them must not become HTML."""

import html

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel, QMessageBox

from app.core.text import in_one_line


def plain_tooltip(text: str) -> str:
    """As it is, but where Qt would take it for rich text: a Mac's own menus know none."""
    return wrapped_tooltip(text) if Qt.mightBeRichText(text) else text


def wrapped_tooltip(text: str) -> str:
    """Rich text, which Qt wraps; its lines stay."""
    lines = (html.escape(in_one_line(line)) for line in text.split("\n"))
    return f"<qt>{'<br>'.join(lines)}</qt>"


def menu_text(name: str) -> str:
    """A name on a menu item or a button, where a single & would mark a shortcut."""
    return in_one_line(name).replace("&", "&&")


def show_plainly(box: QMessageBox) -> None:
    """To be called when a box has its texts; Qt has no setting for the smaller one."""
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
