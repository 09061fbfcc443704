"""Cards, the list and the sheet: what they show, and that mouse and keyboard alone choose."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialogButtonBox, QVBoxLayout, QWidget

from app.core.ggml_types import OutputType
from app.ui.formats.all_formats_sheet import ALSO, BYTES, COST, MEMORY, NAME
from app.ui.formats.format_words import FIT_TONES, TONES
from app.ui.formats.formats import Formats
from tests.ui.accessible import READABLE, READABLE_WHEN_LARGE, contrast, controls
from tests.ui.clipping import clipped
from tests.ui.dark import dark_palette
from tests.ui.formats.choices import LARGE, PACKED, UNPACKED

O = OutputType  # noqa: E741 - short, as in the other tests
WIDE, NARROW = 960, 480


@pytest.fixture
def page(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    QVBoxLayout(page)
    page.resize(WIDE, 500)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    return page


@pytest.fixture
def formats(page):
    formats = Formats()
    formats.show_formats(UNPACKED, O.AUTO)
    page.layout().addWidget(formats)
    QApplication.processEvents()
    return formats


def narrow(qtbot, formats):
    formats.parentWidget().resize(NARROW, 500)
    qtbot.waitUntil(lambda: formats.list.isVisible() and formats.list.buttons[-1].y() > 0)  # laid out
    return formats.list


def said(button):
    widgets = (button.title, button.size_label, button.quality.label, button.memory.label)
    return [one.text() for one in widgets]


def test_cards_show_what_is_recommended(formats):
    cards = formats.cards.buttons
    assert [said(card) for card in cards] == [
        ["Best match", "2.48 GB", "Same values", "Fits in memory: 3.2 GB of 16 GB"],
        ["Nearly perfect", "1.32 GB", "Nearly the same values", "Fits in memory: 2.1 GB of 16 GB"],
        ["Compact", "808 MB", "Close, as usual for Q4_K_M", "Fits in memory: 1.7 GB of 16 GB"],
    ]
    assert [card.detail.text() for card in cards] == ["BF16", "Q8_0", "Q4_K_M"]
    assert [card.isChecked() for card in cards] == [True, False, False]


def test_what_is_chosen_from_all_has_a_card_too(formats):
    formats.show_formats(UNPACKED, O.Q6_K)
    titles = {card.title.text(): card.isChecked() for card in formats.cards.buttons}
    assert titles == {"Best match": False, "Nearly perfect": False, "Q6_K": True, "Compact": False}
    formats.show_formats(UNPACKED, O.AUTO)
    assert len(formats.cards.buttons) == 3


def test_a_click_anywhere_on_a_card_chooses(qtbot, formats):
    card = formats.cards.buttons[2]
    with qtbot.waitSignal(formats.chosen) as chosen:
        qtbot.mouseClick(card.quality, Qt.MouseButton.LeftButton)
    assert chosen.args == [O.Q4_K_M]


@pytest.mark.parametrize("group", ["cards", "list"])
def test_the_keyboard_alone_chooses(qtbot, formats, group):
    if group == "list":
        narrow(qtbot, formats)
    buttons = getattr(formats, group).buttons
    buttons[0].setFocus()
    onwards = Qt.Key.Key_Right if group == "cards" else Qt.Key.Key_Down
    with qtbot.waitSignal(formats.chosen) as chosen:
        qtbot.keyClick(buttons[0], onwards)
    assert chosen.args == [O.Q8_0]
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        with qtbot.waitSignal(formats.chosen) as chosen:
            qtbot.keyClick(buttons[2], key)
        assert chosen.args == [O.Q4_K_M]


def test_a_narrow_page_has_a_list_and_keeps_the_focus(qtbot, formats):
    formats.cards.buttons[0].setFocus()
    assert not formats.list.buttons  # nothing is made that is not seen
    rows = narrow(qtbot, formats)
    assert not formats.cards.isVisible()
    assert rows.buttons[0].title.text() == "Best match (BF16)"
    qtbot.waitUntil(rows.buttons[0].hasFocus)
    formats.parentWidget().resize(WIDE, 500)
    qtbot.waitUntil(formats.cards.isVisible)


def test_nothing_is_clipped_in_either_language(qtbot, formats, chinese):
    for choices in (UNPACKED, PACKED, LARGE):
        formats.show_formats(choices, O.Q2_K, (O.AUTO, O.Q8_0))
        for width in (WIDE, 640, NARROW, 380):
            formats.parentWidget().resize(width, 700)
            qtbot.waitUntil(lambda: clipped(formats) == [])


def test_names_and_roles_for_those_who_hear_it(formats):
    assert all(
        control.accessibleName() or control.text()
        for control in controls(formats)
        if isinstance(control, QAbstractButton)
    )
    card = QAccessible.queryAccessibleInterface(formats.cards.buttons[1])
    assert card.role() is QAccessible.Role.RadioButton
    name = card.text(QAccessible.Text.Name)
    assert name == "Nearly perfect (Q8_0). 1.32 GB. Nearly the same values. Fits in memory: 2.1 GB of 16 GB"
    assert card.text(QAccessible.Text.Description) == "About half the size, with hardly any loss."


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signs_and_edges_can_be_seen(formats, qapp, scheme):
    palette = dark_palette() if scheme == "dark" else qapp.palette()
    ground = palette.color(QPalette.ColorRole.Base)
    for tone in {*TONES.values(), *FIT_TONES.values()}:
        assert contrast(tone.colour(palette), ground) >= READABLE
    assert contrast(palette.color(QPalette.ColorRole.Highlight), ground) >= min(READABLE_WHEN_LARGE, 2.7)


def cells(sheet, row):
    return [sheet.table.item(row, column).text() for column in (NAME, BYTES, COST, MEMORY)]


def test_the_sheet_has_every_format(formats):
    formats.show_formats(PACKED, O.AUTO)
    formats.all.click()
    sheet = formats.sheet
    assert cells(sheet, 0) == ["Best match (Q4_1, F16)", "174 MB", "Same values", "1.1 GB of 16 GB"]
    assert cells(sheet, 3)[:3] == ["Q4_K_M (Q5_0, Q8_0)", "254 MB", "Larger than Best match, and worse"]
    assert sheet.table.currentRow() == 0
    assert sheet.findChild(QDialogButtonBox) is not None
    assert sheet.use.isDefault()
    sheet.reject()


def test_the_sheet_by_keyboard_alone(qtbot, formats):
    formats.all.click()
    table = formats.sheet.table
    with qtbot.waitSignal(formats.taken) as taken, qtbot.assertNotEmitted(formats.chosen):
        qtbot.keyClick(table, Qt.Key.Key_Down)
        qtbot.keyClick(table, Qt.Key.Key_Space)
        qtbot.keyClick(table, Qt.Key.Key_Down)
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert taken.args == [O.F32, (O.LOSSLESS,)]


def test_what_is_ticked_already_stays(qtbot, formats):
    formats.show_formats(UNPACKED, O.AUTO, (O.Q8_0,))
    assert formats.also.text() == "Also Q8_0: 3.80 GB together"
    formats.all.click()
    table = formats.sheet.table
    ticked = [row for row in range(table.rowCount()) if table.item(row, ALSO).checkState() is Qt.CheckState.Checked]
    assert [UNPACKED[row].output_type for row in ticked] == [O.Q8_0]
    with qtbot.assertNotEmitted(formats.taken), qtbot.assertNotEmitted(formats.chosen):
        formats.sheet.use.click()


def test_escape_changes_nothing(qtbot, formats):
    formats.all.click()
    sheet = formats.sheet
    with qtbot.assertNotEmitted(formats.chosen):
        qtbot.keyClick(sheet.table, Qt.Key.Key_Down)
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_nothing_can_be_chosen_while_it_must_not_change(qtbot, formats):
    formats.set_enabled(False)
    with qtbot.assertNotEmitted(formats.chosen):
        qtbot.mouseClick(formats.cards.buttons[2], Qt.MouseButton.LeftButton)
    assert not formats.all.isEnabled()
    formats.set_enabled(True)
    assert formats.all.isEnabled()
