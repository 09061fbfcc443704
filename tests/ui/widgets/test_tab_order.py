"""What is added later has its turn where it is seen."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.widgets.tab_order import tab_after


def row(*names):
    around = QWidget()
    layout = QVBoxLayout(around)
    layout.addWidget(QLabel("a line"))
    for name in names:
        layout.addWidget(QPushButton(name))
    return around


def turns(window, count):
    """As Tab goes round."""
    found: list[str] = []
    widget = window
    while len(found) < count:
        widget = widget.nextInFocusChain()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(widget.text())
    return found


def test_they_follow_their_place_with_what_is_on_them(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    layout, place = QVBoxLayout(window), QWidget()
    for widget in (QPushButton("above"), place, QPushButton("below")):
        layout.addWidget(widget)
    assert turns(window, 2) == ["above", "below"]
    added = [row("first", "second"), row("third")]
    for one in added:
        layout.insertWidget(2, one)
    assert turns(window, 5) == ["above", "below", "first", "second", "third"]  # as Qt does it
    tab_after(place, added)
    assert turns(window, 5) == ["above", "first", "second", "third", "below"]
    tab_after(place, added[::-1])
    assert turns(window, 5) == ["above", "third", "first", "second", "below"]
    assert place.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_what_a_control_is_made_of_stays_as_it_is(qtbot):
    """The list of a box is a window of its own, and the field of a number stands for the number."""
    window, around, place = QWidget(), QWidget(), QLineEdit("above")
    qtbot.addWidget(window)
    layout, inside = QVBoxLayout(window), QVBoxLayout(around)
    box, number, below = QComboBox(), QDoubleSpinBox(), QPushButton("below")
    box.addItem("one")
    box.view()  # made when it is needed
    for widget in (place, below, around):
        layout.addWidget(widget)
    for control in (box, number):
        inside.addWidget(control)
    window.show()
    tab_after(place, [around])
    place.setFocus()
    for expected in (box, number, below):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert window.focusWidget() is expected
