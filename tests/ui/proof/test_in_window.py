"""A proof in the window: in Chinese, with names and ways for everybody, whole at the sizes that people use."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QProgressBar, QPushButton

from app.core.text import text
from app.ui.proof.file_check import FileCheck
from app.ui.proof.proof_view import ProofView
from tests.ui.accessible import controls
from tests.ui.clipping import nothing_is_clipped
from tests.ui.driving import finish, leave, opened, see_check
from tests.ui.english import in_english
from tests.ui.proof.reports import ALL, CLOSE

SIZES = ((760, 520), (900, 600), (1280, 800))


def with_proof(qtbot, window, folder, report):
    """As if the file had been checked."""
    opened(qtbot, window, folder)
    finish(window, [report.file], [FileCheck(report.file, report), FileCheck(report.file, failure=report.reason)])
    see_check(window)
    QApplication.processEvents()
    return window


def without_names(report):
    """What the core says of this report only, and what models say, is not ours to translate."""
    nothing = text("{number}", number=1)
    passages = report.distributions and tuple(replace(one, name=nothing) for one in report.distributions.passages)
    return replace(
        report,
        reason=nothing,
        answers=report.answers and tuple(replace(one, prompt="1") for one in report.answers),
        distributions=report.distributions and replace(report.distributions, passages=passages),
        skipped=tuple(replace(one, reason=nothing) for one in report.skipped),
        warnings=(),
        vocabulary=replace(report.vocabulary, problems=()),
        weights=replace(report.weights, tensors=report.weights.tensors[:-1]),
    )


@pytest.mark.parametrize("name", ALL)
def test_a_proof_is_chinese(qtbot, chinese_window, tied_folder, name):
    window = with_proof(qtbot, chinese_window, tied_folder, without_names(ALL[name]))
    assert in_english(window) == []
    window.workbench.page.proof.files.setCurrentIndex(1)
    assert in_english(window) == []
    chart = window.workbench.page.proof.chart.chart
    if ALL[name].distributions is not None:
        window.workbench.page.proof.files.setCurrentIndex(0)
        chart.choose(3)
        assert in_english(window) == []
        assert "位置" in window.workbench.page.proof.chart.readout.text()
    for table in window.workbench.page.proof.figures.tables:
        assert "平均 KLD" in "".join(table.row(0)) + "".join(table.titles)


@pytest.mark.parametrize("is_running", [True, False])
def test_what_is_not_checked_yet_is_chinese(qtbot, chinese, is_running):
    view = ProofView()
    qtbot.addWidget(view)
    view.show()
    view.show_checks([FileCheck(CLOSE.file, is_running=is_running)])
    assert in_english(view) == []


def test_every_control_has_a_name_and_can_be_reached(qtbot, window, tied_folder):
    with_proof(qtbot, window, tied_folder, CLOSE)
    for widget in controls(window):
        interface = QAccessible.queryAccessibleInterface(widget)
        is_without_use = (
            not widget.isVisible() and isinstance(widget, QPushButton) and not widget.text()
        )  # no label either
        assert interface.text(QAccessible.Text.Name) or is_without_use, widget
        if widget.isVisible() and widget.isEnabled() and not isinstance(widget, QProgressBar):
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget


@pytest.mark.parametrize("name", ["close", "broken", "skipped"])
def test_nothing_is_clipped(qtbot, window, tied_folder, name):
    with_proof(qtbot, window, tied_folder, ALL[name])
    for size in SIZES:
        window.resize(*size)
        QApplication.processEvents()
        nothing_is_clipped(qtbot, window)


@pytest.mark.parametrize("name", ["close", "broken", "skipped"])
@pytest.mark.parametrize("has_side_bar", [True, False])
def test_the_finished_file_is_not_clipped(qtbot, window, tied_folder, name, has_side_bar):
    with_proof(qtbot, window, tied_folder, ALL[name])
    leave(window)
    for size in SIZES:
        window.resize(*size)
        QApplication.processEvents()
        if window.menus.side_bar.isChecked() is not has_side_bar:
            window.menus.side_bar.trigger()
            QApplication.processEvents()
        assert window.workbench.page.output.current is window.workbench.page.output._done
        nothing_is_clipped(qtbot, window)


def test_nothing_above_the_finished_file_moves(qtbot, window, tied_folder):
    """The page is as high as it needs to be; where a person has just clicked stays where it was."""
    opened(qtbot, window, tied_folder)
    overview = window.workbench.page.overview
    parts = (overview.readiness, overview.formats, overview.links, overview.output)

    def places():
        return [part.mapTo(overview, part.rect().topLeft()) for part in parts]

    QApplication.processEvents()
    before = places()
    finish(window, [CLOSE.file], [FileCheck(CLOSE.file, CLOSE)])
    QApplication.processEvents()
    assert window.workbench.page.output.current is window.workbench.page.output._done
    assert places() == before
