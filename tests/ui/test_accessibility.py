"""Every control says what it is and can be reached without a mouse; text can be read."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QWidget,
)

from tests.ui.dark import dark_palette
from tests.ui.driving import opened

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractItemView, QProgressBar)
READABLE, READABLE_WHEN_LARGE = 4.5, 3.0  # WCAG 2.2, success criterion 1.4.3, level AA


@pytest.fixture
def shown(qtbot, window, changed_folder):
    return opened(qtbot, window, changed_folder)


def controls(window) -> list[QWidget]:
    found = [w for w in window.findChildren(QWidget) if isinstance(w, CONTROLS) and not isinstance(w, QHeaderView)]
    inside_a_control = [w for w in found if isinstance(w.parent(), CONTROLS) or w.objectName().startswith("qt_")]
    return [w for w in found if w not in inside_a_control and not w.window().inherits("QComboBoxPrivateContainer")]


def test_every_control_has_a_name_and_a_role(shown):
    for widget in controls(shown):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None
        name = interface.text(QAccessible.Text.Name)
        assert name, f"{widget} has no name"
        assert interface.role() is not QAccessible.Role.NoRole


def test_everything_can_be_reached_with_tab(shown):
    reachable = [w for w in controls(shown) if w.isVisible() and w.isEnabled()]
    unreachable = [w for w in reachable if not w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [w for w in unreachable if not isinstance(w, QProgressBar)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(scheme):
    palette = QApplication.palette() if scheme == "light" else dark_palette()
    role = QPalette.ColorRole
    for text in (role.WindowText, role.Text, role.ButtonText):
        for ground in (role.Window, role.Base, role.AlternateBase):
            assert contrast(palette.color(text), palette.color(ground)) >= READABLE
    assert contrast(palette.color(role.HighlightedText), palette.color(role.Highlight)) >= READABLE_WHEN_LARGE


def contrast(first, second):
    """WCAG's ratio of relative luminances."""
    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour):
    def linear(c):
        return c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
