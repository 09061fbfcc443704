"""What everybody must be able to use and to read: the controls of a window, and the contrast of two colours."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QWidget,
)

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractItemView, QProgressBar)
READABLE, READABLE_WHEN_LARGE = 4.5, 3.0  # WCAG 2.2, success criterion 1.4.3, level AA


def controls(window) -> list[QWidget]:
    found = [w for w in window.findChildren(QWidget) if isinstance(w, CONTROLS) and not isinstance(w, QHeaderView)]
    inside_a_control = [w for w in found if isinstance(w.parent(), CONTROLS) or w.objectName().startswith("qt_")]
    return [w for w in found if w not in inside_a_control and not w.window().inherits("QComboBoxPrivateContainer")]


def contrast(first, second):
    """WCAG's ratio of relative luminances."""
    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour):
    def linear(c):
        return c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
