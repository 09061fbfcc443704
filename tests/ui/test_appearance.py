"""Light and dark are followed without a restart; nothing is clipped at the sizes that people use."""

import pytest
from PySide6.QtWidgets import QApplication

from app.core.findings import warning
from app.core.plan import HeadChoice
from app.ui.page.detail import Detail
from app.ui.widgets.finding_row import finding_row
from tests.ui.clipping import nothing_is_clipped
from tests.ui.dark import dark_palette
from tests.ui.driving import each_page, go_to, opened


def lightness(widget, x, y):
    return widget.grab().toImage().pixelColor(x, y).lightness()


def test_a_card_follows(qtbot, window, copied_folder, set_palette):
    opened(qtbot, window, copied_folder)
    go_to(window, Detail.MODEL)
    card = window.workbench.page.summary
    assert lightness(card, card.width() // 2, 6) > 200
    set_palette(dark_palette())
    qtbot.wait(50)
    assert lightness(card, card.width() // 2, 6) < 60


def test_an_icon_follows(qtbot, set_palette):
    row = finding_row(warning("code", "what"))
    qtbot.addWidget(row)
    row.resize(200, 40)
    row.show()
    light = darkest_and_brightest(row)
    set_palette(dark_palette())
    qtbot.wait(50)
    dark = darkest_and_brightest(row)
    assert light[0] < 60
    assert dark[1] > 180


def darkest_and_brightest(row):
    image = row.grab().toImage()
    values = [image.pixelColor(x, y).lightness() for x in range(16) for y in range(16)]
    return min(values), max(values)


@pytest.mark.parametrize(("width", "height"), [(760, 520), (900, 600), (1280, 800)])
def test_no_button_or_line_is_clipped(qtbot, window, changed_folder, width, height):
    opened(qtbot, window, changed_folder)
    window.resize(width, height)
    for _ in each_page(window):
        nothing_is_clipped(qtbot, window)
    window.menus.history.trigger()
    nothing_is_clipped(qtbot, window)


@pytest.mark.parametrize(("width", "height"), [(760, 520), (900, 600), (1280, 800)])
@pytest.mark.parametrize("is_open", [True, False])
def test_beside_the_side_bar_nothing_is_clipped_either(qtbot, window, changed_folder, width, height, is_open):
    if is_open:
        opened(qtbot, window, changed_folder)
    window.resize(width, height)
    QApplication.processEvents()
    if window.workbench.library.side_bar.isHidden():
        window.menus.side_bar.trigger()
    nothing_is_clipped(qtbot, window)


@pytest.mark.parametrize("is_dark_before", [True, False])
def test_buttons_can_be_seen_in_the_dark(qtbot, window, copied_folder, set_palette, is_dark_before):
    if is_dark_before:
        set_palette(dark_palette())
    opened(qtbot, window, copied_folder)
    set_palette(dark_palette())
    head, form = window.workbench.page.head, window.workbench.page.output._form
    for detail, parent, button in (
        (None, form, form.checks_afterwards),
        (Detail.HEAD, head, head._buttons[HeadChoice.KEEP]),
    ):
        if detail is not None:
            go_to(window, detail)
        assert button.isVisible()
        image, y = parent.grab().toImage(), button.y() + button.height() // 2
        values = [image.pixelColor(button.x() + x, y).lightness() for x in range(16)]
        assert max(values) - min(values) > 60
