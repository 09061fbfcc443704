"""Every control says what it is and can be reached without a mouse; text can be read."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QPalette
from PySide6.QtWidgets import QApplication, QProgressBar

from tests.ui.accessible import READABLE, READABLE_WHEN_LARGE, contrast, controls
from tests.ui.dark import dark_palette
from tests.ui.driving import all_formats, each_page, opened


@pytest.fixture
def shown(qtbot, window, changed_folder):
    return opened(qtbot, window, changed_folder)


def test_every_control_has_a_name_and_a_role(shown):
    all_formats(shown)
    panels = (shown.workbench.page.output.delivery, shown.workbench.library.delivery)
    named_when_needed = {line.next for panel in panels for line in (panel.arrival, panel.answer)}
    for widget in controls(shown):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None
        name = interface.text(QAccessible.Text.Name)
        assert name or (widget in named_when_needed and not widget.isVisible()), (
            f"{widget} in {widget.parent()} has no name"
        )
        assert interface.role() is not QAccessible.Role.NoRole


def unreachable(window):
    found = [w for w in controls(window) if w.isVisible() and w.isEnabled() and not isinstance(w, QProgressBar)]
    return [w for w in found if not w.focusPolicy() & Qt.FocusPolicy.TabFocus]


def test_everything_can_be_reached_with_tab(shown):
    for detail in each_page(shown):
        assert unreachable(shown) == [], detail
    shown.menus.history.trigger()
    assert unreachable(shown) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(scheme):
    palette = QApplication.palette() if scheme == "light" else dark_palette()
    role = QPalette.ColorRole
    for text in (role.WindowText, role.Text, role.ButtonText):
        for ground in (role.Window, role.Base, role.AlternateBase):
            assert contrast(palette.color(text), palette.color(ground)) >= READABLE
    assert contrast(palette.color(role.HighlightedText), palette.color(role.Highlight)) >= READABLE_WHEN_LARGE
