"""A help window of a test's own."""

import pytest

from app.ui.help.help_window import HelpWindow


@pytest.fixture
def help_window(qtbot):
    window = HelpWindow()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    return window
