"""What matters less can be read: on light, on dark, and after the one has become the other."""

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLabel

from app.ui.widgets.card_frame import quiet
from app.ui.widgets.quiet_text import quiet_colour
from tests.ui.accessible import READABLE, contrast
from tests.ui.dark import dark_palette

GROUNDS = (QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.AlternateBase)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read(scheme):
    palette = QApplication.palette() if scheme == "light" else dark_palette()
    colour = quiet_colour(palette)
    assert all(contrast(colour, palette.color(ground)) >= READABLE for ground in GROUNDS)
    assert contrast(colour, palette.color(QPalette.ColorRole.WindowText)) > 1.5


def test_it_follows_light_and_dark(qtbot, set_palette):
    label = quiet(QLabel("name"))
    qtbot.addWidget(label)
    label.show()
    for palette in (dark_palette(), QApplication.palette(), dark_palette()):
        set_palette(palette)
        qtbot.waitUntil(
            lambda palette=palette: label.palette().color(QPalette.ColorRole.WindowText) == quiet_colour(palette)
        )
