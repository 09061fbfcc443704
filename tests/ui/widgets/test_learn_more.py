"""The button by itself; what it opens is tested with the help."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.ui.widgets.learn_more import LearnMore
from app.ui.widgets.link_colour import link_colour
from tests.ui.accessible import READABLE, contrast
from tests.ui.dark import dark_palette


def test_it_shows_itself_as_no_window(qtbot):
    button = LearnMore("layout", "It is so.")
    qtbot.addWidget(button)
    assert not button.isVisible()


def test_without_a_finding_it_is_hidden(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    button = LearnMore(parent=holder)
    assert button.isHidden()
    button.set_about("layout", "It is so.")
    assert not button.isHidden()
    assert (button.code, button.accessibleDescription()) == ("layout", "It is so.")
    button.set_about("", "It is gone.")
    assert button.isHidden()


def test_it_is_a_line_high_and_can_be_reached(qtbot):
    button = LearnMore("layout", "It is so.")
    qtbot.addWidget(button)
    assert button.sizeHint().height() == button.fontMetrics().height()
    assert button.sizeHint().width() > button.fontMetrics().horizontalAdvance(button.text())
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_it_can_be_read_where_links_cannot(qtbot):
    palette = dark_palette()  # whose links are Qt's blue
    assert contrast(link_colour(palette), palette.base().color()) >= READABLE
