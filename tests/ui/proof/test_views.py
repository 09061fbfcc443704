"""The views of a report, from reports made by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QHelpEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from app.core.verify.results.report import DistributionProof, Passage, Step
from app.ui.proof.answer_text import AnswerText
from app.ui.proof.chart import DivergenceChart
from app.ui.proof.chart_painter import legend_rows
from app.ui.proof.file_check import FileCheck, in_short
from app.ui.proof.proof_view import ProofView
from app.ui.proof.tones import OF_VERDICT, Tone
from tests.core.verify.made_reports import HARM, hostile_report
from tests.ui.accessible import READABLE, contrast
from tests.ui.dark import dark_palette
from tests.ui.proof.reports import ALL, BROKEN, CLOSE, KILLED, SAME, SKIPPED

FILE = Path("/models/my-finetune-Q8_0.gguf")


@pytest.fixture
def view(qtbot):
    view = ProofView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    return view


def shown(view, report):
    view.show_checks([FileCheck(FILE, report)])
    QApplication.processEvents()
    return view


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


@pytest.mark.parametrize("name", ALL)
def test_the_verdict_is_a_word_with_its_reason(view, name):
    report = ALL[name]
    shown(view, report)
    assert view.verdict.word.text() == report.verdict.title
    assert view.verdict.reason.text() == report.reason
    assert view.verdict.word.palette().color(QPalette.ColorRole.WindowText) == OF_VERDICT[report.verdict].colour(
        QApplication.palette()
    )
    assert view.verdict.accessibleName() == f"{report.verdict.title}: {report.reason}"
    assert view.verdict.save.isVisible()


@pytest.mark.parametrize("name", ALL)
def test_each_step_has_a_line(view, name):
    said = texts(shown(view, ALL[name]).steps)
    steps = [str(step.title) for step in Step]
    assert [one for one in said if one in steps] == steps
    results = [one for one in said if one in ("passed", "failed", "measured", "not done")]
    assert results == {
        "broken": ["failed", "passed", "failed", "failed", "measured"],
        "degraded": ["passed", "passed", "passed", "failed", "measured"],
        "skipped": ["passed", "passed", "passed", "not done", "not done"],
        "killed": ["passed", "passed", "passed", "not done", "not done"],
    }.get(name, ["passed", "passed", "passed", "passed", "measured"])


def test_what_is_wrong_is_said(view):
    assert any("row 1,024, column 31" in said for said in texts(shown(view, BROKEN).steps))


def test_an_engine_that_was_killed_is_a_sentence(view):
    assert any("llama.cpp ended unexpectedly (signal 9)." in said for said in texts(shown(view, KILLED).steps))


def test_what_was_skipped_is_not_drawn(view):
    shown(view, CLOSE)
    cards = (view.chart, view.figures, view.answers)
    assert all(card.isVisible() for card in cards)
    shown(view, SKIPPED)
    assert not any(card.isVisible() for card in cards)
    assert any("8 GB of memory" in said for said in texts(view.steps))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_can_be_read(scheme):
    palette = QApplication.palette() if scheme == "light" else dark_palette()
    for tone in Tone:
        for ground in (QPalette.ColorRole.Base, QPalette.ColorRole.AlternateBase, QPalette.ColorRole.Window):
            assert contrast(tone.colour(palette), palette.color(ground)) >= READABLE, tone


def test_the_colours_follow_the_scheme(qtbot, view, set_palette):
    shown(view, SAME)
    light = view.verdict.word.palette().color(QPalette.ColorRole.WindowText)
    set_palette(dark_palette())
    qtbot.waitUntil(lambda: view.verdict.word.palette().color(QPalette.ColorRole.WindowText) != light)
    assert view.verdict.word.palette().color(QPalette.ColorRole.WindowText) == Tone.GOOD.colour(dark_palette())
    image = view.chart.chart.grab().toImage()
    assert image.pixelColor(3, 3).lightness() < 60


# ---- the chart


@pytest.fixture
def chart(view) -> DivergenceChart:
    return shown(view, CLOSE).chart.chart


def test_marks_are_drawn_where_they_lie(chart):
    image = chart.grab().toImage()
    others = [number for number, point in enumerate(chart.chart.points) if point.is_other]
    assert others
    for number in (0, 100, others[0]):
        tone = Tone.POOR if chart.chart.points[number].is_other else Tone.FAIR
        place = chart.places.point(number).toPoint()
        colour = image.pixelColor(place)
        assert abs(colour.hue() - tone.colour(chart.palette()).hue()) < 20


def test_large_divergences_lie_above_small_ones(chart):
    positions = [one for passage in CLOSE.distributions.passages for one in passage.positions]
    ordered = sorted(range(len(positions)), key=lambda number: positions[number].divergence)
    heights = [chart.places.point(number).y() for number in ordered]
    assert heights == sorted(heights, reverse=True)
    decades = [chart.places.y(tick.y) for tick in chart.chart.ticks]
    steps = [above - below for below, above in zip(decades[1:], decades[:-1], strict=True)]
    assert max(steps) - min(steps) < 0.5  # a logarithmic axis


def test_a_mark_tells_of_itself(chart, monkeypatch):
    told = []
    monkeypatch.setattr(QToolTip, "showText", lambda *given: told.append(given[1]))
    place = chart.places.point(70).toPoint()
    QApplication.sendEvent(chart, QHelpEvent(QHelpEvent.Type.ToolTip, place, chart.mapToGlobal(place)))
    assert "Deutsch, position 7:" in told[0]
    QApplication.sendEvent(chart, QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    assert len(told) == 1


def test_the_mouse_chooses(view, chart):
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=chart.places.point(70).toPoint())
    assert chart.chosen == 70
    assert view.chart.readout.text().startswith("Deutsch, position 7:")
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert chart.chosen == 70


def test_the_keyboard_goes_from_one_to_the_next(view, chart):
    chart.setFocus()
    places = []
    for key in ("Right", "Right", "Left", "PageDown", "Right", "PageUp", "PageUp", "End", "Right", "PageDown", "Home"):
        QTest.keyClick(chart, getattr(Qt.Key, f"Key_{key}"))
        places.append(chart.chosen)
    assert places == [0, 1, 0, 64, 65, 64, 0, 319, 319, 319, 0]
    assert view.chart.readout.text().startswith("English, position 1:")
    QTest.keyClick(chart, Qt.Key.Key_A)
    assert chart.chosen == 0


def test_a_mark_of_another_token_says_so(chart):
    number = next(number for number, point in enumerate(chart.chart.points) if point.is_other)
    assert chart.told(number).endswith("The likeliest token is another one.")


def test_the_chart_is_described(chart):
    assert chart.accessibleName() == "KLD of each position"
    assert chart.accessibleDescription().startswith("Half of the positions lie below ")
    assert "arrow keys" in chart.accessibleDescription()


def test_what_marks_mean_is_never_cut_off(view, chart):
    view.resize(420, 600)
    QApplication.processEvents()
    rows = legend_rows(chart, chart.legend)
    assert [entry for row in rows for entry, _ in row] == [0, 1, 2, 3]
    assert len(rows) > 1
    widest = max(chart.fontMetrics().horizontalAdvance(limit.label) for limit in chart.chart.limits)
    assert chart.places.area.right() + widest < chart.width()
    assert chart.places.area.bottom() + len(rows) * chart.fontMetrics().height() < chart.height()


def test_focus_can_be_seen(qtbot, view, chart):
    chart.clearFocus()
    before = chart.grab().toImage()
    view.activateWindow()
    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    assert chart.grab().toImage() != before


def test_without_positions_there_is_no_chart(view):
    empty = DistributionProof((Passage(CLOSE.reason, ()),), CLOSE.distributions.figures)
    shown(view, replace(CLOSE, distributions=empty))
    assert not view.chart.isVisible()
    assert view.figures.isVisible()
    DivergenceChart().choose(0)


# ---- answers and figures


def test_the_first_difference_is_marked(view):
    answers = shown(view, CLOSE).answers
    sides = [said.toPlainText() for block in answers.blocks for said in block.findChildren(AnswerText)]
    assert "▸" not in sides[0] + sides[1]
    assert sides[2].startswith("The sky is blue because▸ air scatters")
    assert sides[3] == "The sky is blue because▸ molecules scatter"
    marked = [said for block in answers.blocks for said in block.findChildren(AnswerText)][2]
    cursor = marked.textCursor()
    cursor.setPosition(marked.toPlainText().index("air"))
    assert cursor.charFormat().fontWeight() > QFont.Weight.Normal
    cursor.setPosition(marked.toPlainText().index("long"))
    assert cursor.charFormat().fontUnderline()
    assert any("It is a near tie" in said for said in texts(answers))
    assert any("It is no near tie" in said for said in texts(answers))


def test_all_of_an_answer_can_be_seen(view):
    for block in shown(view, CLOSE).answers.blocks:
        for said in block.findChildren(AnswerText):
            assert said.height() >= said.document().size().height()


def test_figures_can_be_copied(view):
    table = shown(view, CLOSE).figures.tables[0]
    table.copy.click()
    lines = QApplication.clipboard().text().split("\n")
    assert len(lines) == 10
    assert lines[0].split("\t")[1] == "Value"
    assert lines[1].startswith("Mean KLD\t0.00")
    table.view.selectRow(5)
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().startswith("Same top p\t97.500\t0.400\t%")


def test_tab_leaves_the_table(view):
    table = shown(view, CLOSE).figures.tables[0].view
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Tab)
    assert not table.hasFocus()


def test_another_report_takes_the_place_of_the_first(view):
    shown(view, CLOSE)
    shown(view, SAME)
    assert len(view.figures.tables) == 2
    assert view.figures.body.count() == 3
    assert view.answers.body.count() == len(view.answers.blocks)


def test_the_same_report_stays_as_it_is_read(view, chart):
    chart.choose(70)
    tables, blocks = view.figures.tables, view.answers.blocks
    shown(view, CLOSE)
    assert chart.chosen == 70
    assert (view.figures.tables, view.answers.blocks) == (tables, blocks)
    view.show_checks(())
    shown(view, CLOSE)
    assert chart.chosen is None


def test_names_that_mean_harm_are_shown_as_they_are(view):
    shown(view, hostile_report())
    labels = [label for label in view.findChildren(QLabel) if "<script>" in label.text()]
    assert labels
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    assert not any(sign in label.text() for label in labels for sign in "\x1b\u202e")
    for said in view.answers.findChildren(AnswerText):
        assert "<script>" in said.toPlainText()
        assert "\u202e" not in said.toPlainText()
    assert "\u202e" in HARM


# ---- which file


def test_several_files_have_tabs(view):
    checks = [FileCheck(FILE, CLOSE), FileCheck(FILE.with_name("other.gguf")), FileCheck(FILE, failure="It ended.")]
    view.show_checks(checks, 1)
    assert view.files.isVisible()
    assert [view.files.tabText(number) for number in range(3)] == [
        *("Very close: my-finetune-Q8_0.gguf", "Not checked: other.gguf", "Not checked: my-finetune-Q8_0.gguf")
    ]
    assert view.verdict.word.text() == "Not checked yet"
    assert not view.verdict.save.isVisible()
    view.files.setFocus()
    QTest.keyClick(view.files, Qt.Key.Key_Right)
    assert view.verdict.reason.text() == "It ended."
    QTest.keyClick(view.files, Qt.Key.Key_Left)
    QTest.keyClick(view.files, Qt.Key.Key_Left)
    assert view.verdict.word.text() == "Very close"
    view.show_checks(checks[:1])
    assert not view.files.isVisible()


def test_wishes_name_the_file(view):
    wished = []
    view.check_wanted.connect(lambda number: wished.append(("check", number)))
    view.save_wanted.connect(lambda number: wished.append(("save", number)))
    view.show_checks([FileCheck(FILE), FileCheck(FILE, CLOSE)], 1)
    view.verdict.check.click()
    view.verdict.save.click()
    assert wished == [("check", 1), ("save", 1)]


def test_in_short_the_worst_counts():
    assert in_short([FileCheck(FILE)]) == (Tone.PLAIN, "Not checked")
    assert in_short([FileCheck(FILE, CLOSE)]) == (Tone.FAIR, f"Very close: {CLOSE.reason}")
    assert in_short([FileCheck(FILE, failure="It ended.")]) == (Tone.POOR, "Not checked: It ended.")
    tone, said = in_short([FileCheck(FILE, SAME), FileCheck(FILE.with_name("b.gguf"), BROKEN)])
    assert tone is Tone.BAD
    assert said == "Broken: b.gguf  ·  The same: my-finetune-Q8_0.gguf"
