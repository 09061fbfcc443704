"""Buttons and paragraphs that do not show all of their text."""

from PySide6.QtWidgets import QLabel, QPushButton, QRadioButton, QToolButton


def nothing_is_clipped(qtbot, window):
    """As soon as the layouts have settled, which takes as long as the machine is busy."""

    def check():
        assert clipped(window.shell) == []

    qtbot.waitUntil(check)


def clipped(page):
    buttons = [one for kind in (QPushButton, QRadioButton, QToolButton) for one in page.findChildren(kind)]
    labels = [label for label in page.findChildren(QLabel) if label.isVisible() and label.text()]
    paragraphs = [label for label in labels if label.wordWrap()]
    lines = [label for label in labels if not label.wordWrap() and "…" not in label.text()]  # elided ones say so
    return [
        *(one.text() for one in buttons if one.isVisible() and one.width() < one.sizeHint().width()),
        *(one.text() for one in paragraphs if one.height() < one.heightForWidth(one.width())),
        *(one.text() for one in lines if one.width() < one.sizeHint().width()),
    ]
