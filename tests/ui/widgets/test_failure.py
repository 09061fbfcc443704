"""What a person gets to see and to keep of an error: words, a report to read, copy and save."""

import logging

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from app import __version__
from app.core.errors import ConversionError
from app.core.text import text
from app.ui.widgets.failure import show_crash, show_failure
from tests.ui.english import in_english


@pytest.fixture
def parent(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    return parent


def button(box, title):
    (found,) = (one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == title)
    return found


def test_a_bug_is_logged_and_its_report_can_be_copied(parent, caplog):
    box = show_failure(parent, ZeroDivisionError("by zero"))
    assert "inside MLX Ferry" in box.text()
    button(box, "Copy Report").click()
    report = QGuiApplication.clipboard().text()
    assert report == box.detailedText()
    assert report.startswith(f"MLX Ferry {__version__}")
    assert "ZeroDivisionError: by zero" in report
    assert [record.getMessage() for record in caplog.records] == [report]
    assert box.isVisible()


def test_what_is_no_bug_is_not_logged(parent, caplog):
    caplog.set_level(logging.INFO)
    box = show_failure(parent, ConversionError(text("The disk is full."), text("Make room.")))
    assert (box.text(), box.informativeText()) == ("The disk is full.", "Make room.")
    assert caplog.records == []


def test_a_report_is_saved_where_a_person_says(parent, tmp_path):
    box = show_crash(parent, "MLX Ferry\n\nFatal Python error: Segmentation fault")
    button(box, "Save Report…").click()
    (dialog,) = box.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "report.txt"))
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == box.detailedText() + "\n"
    assert "stays on this computer" in box.informativeText()


def test_a_report_that_cannot_be_saved_can_still_be_copied(parent, tmp_path):
    box = show_crash(parent, "report")
    button(box, "Save Report…").click()
    (dialog,) = box.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "gone" / "report.txt"))
    assert "gone" in box.informativeText()
    assert box.isVisible()


def test_it_is_said_in_chinese(chinese, parent):
    assert in_english(show_crash(parent, "")) == []
