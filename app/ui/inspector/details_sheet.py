"""What is known of a tensor, in a sheet, where there is no room beside the table."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.core.text import text
from app.ui.say import say

MARGIN, GAP = 16, 12
WIDTH, LEAST_HEIGHT, AROUND = 420, 320, 80


def details_sheet(page: QWidget, inside: QWidget) -> QDialog:
    """Over `page`, and as high; deleted when it is closed, `inside` with it unless that is taken out."""
    sheet = QDialog(page, Qt.WindowType.Sheet)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.setWindowTitle(say(text("Details")))
    sheet.setWindowModality(Qt.WindowModality.WindowModal)
    sheet.resize(WIDTH, max(LEAST_HEIGHT, page.height() - AROUND))
    layout = QVBoxLayout(sheet)
    layout.setContentsMargins(0, 0, 0, GAP)
    layout.addWidget(inside, 1)
    done = QHBoxLayout()
    done.setContentsMargins(MARGIN, 0, MARGIN, 0)
    done.addStretch(1)
    close = named_button(say(text("Done")), say(text("Done")))
    close.clicked.connect(sheet.close)
    done.addWidget(close)
    layout.addLayout(done)
    return sheet


def named_button(said: str, tooltip: str) -> QToolButton:
    """With what it does as its name and tooltip."""
    button = QToolButton()
    button.setText(said)
    button.setToolTip(tooltip)
    button.setAccessibleName(tooltip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
