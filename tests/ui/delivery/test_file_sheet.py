"""What a file says of its model can be changed, taken away and taken back; it can be divided."""

import pytest
from gguf import GGUFValueType
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from app.core.plan import MetadataEntry
from app.core.plan.header.edited import parse_entry
from app.ui.delivery.file_sheet import FileSheet
from tests.ui.accessible import controls

METADATA = (
    MetadataEntry("general.license", "mit", GGUFValueType.STRING),
    MetadataEntry("general.tags", ("a", "b"), GGUFValueType.ARRAY, GGUFValueType.STRING),
    MetadataEntry("general.author", "Me", GGUFValueType.STRING),
)
EDITS = (parse_entry("author=Me"), parse_entry("version=2"))


@pytest.fixture
def chosen():
    return []


@pytest.fixture
def sheet(qtbot, chosen):
    sheet = FileSheet(None, METADATA, EDITS, None, lambda *what: chosen.append(what))
    qtbot.addWidget(sheet)
    sheet.open()
    return sheet


def test_it_shows_what_would_be_written(sheet):
    shown = {key: field.text() for key, field in sheet.fields.items()}
    assert shown == {"author": "Me", "description": "", "license": "mit", "url": "", "tags": "a, b"}


def test_nothing_changed(qtbot, sheet, chosen):
    qtbot.keyClick(sheet.fields["author"], Qt.Key.Key_Return)
    assert chosen == [(EDITS, None)]


def test_what_is_changed(qtbot, sheet, chosen):
    sheet.fields["tags"].setText("c,  d")
    sheet.fields["license"].setText(" ")
    sheet.fields["author"].setText("You\n")
    sheet.split.setCurrentIndex(2)
    sheet.use.click()
    ((edits, size),) = chosen
    assert {one.key: one.value for one in edits} == {
        "general.author": "You",
        "general.version": "2",
        "general.license": "",
        "general.tags": ("c", "d"),
    }
    assert size == 4 * 10**9


def test_as_in_the_model(qtbot, sheet, chosen):
    sheet.fields["author"].setText("You")
    sheet.usual.click()
    assert chosen == [((), None)]
    assert not sheet.isVisible()


def test_a_size_from_elsewhere_stays(qtbot, chosen):
    sheet = FileSheet(None, (), (), 123_000_000, lambda *what: chosen.append(what))
    qtbot.addWidget(sheet)
    assert sheet.split.currentText() == "At most 123 MB in a file"
    assert not sheet.usual.isEnabled()
    sheet.accept()
    assert chosen == [((), 123_000_000)]


def test_leaving_it_changes_nothing(qtbot, sheet, chosen):
    sheet.fields["author"].setText("You")
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert chosen == []


def test_every_control_has_a_name_and_can_be_reached(sheet):
    for widget in controls(sheet):
        assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
