"""The first page of a model: the sentence, what else stops, the formats, and what comes below each other."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea

from app.core.checkpoint import open_checkpoint
from app.core.findings import blocker, warning
from app.core.ggml_types import OutputType
from app.core.remedies import ChooseImatrix, ChooseName
from app.ui.page.overview import Overview
from tests.ui.big_plan import final_plan, provisional_plan

FIRST = blocker("first", "The first thing", "It is so.", "Mend it.", remedies=(ChooseImatrix(),))
SECOND = blocker("second", "The second thing", "It is so too.", "Mend it too.", remedies=(ChooseName(),))
NOTE = warning("note", "A note", "It means little.")


@pytest.fixture
def overview(qtbot):
    widget = Overview()
    qtbot.addWidget(widget)
    widget.resize(900, 700)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture(scope="module")
def plan(tied_folder):
    return final_plan(tied_folder)


@pytest.fixture
def show(overview, tied_folder):
    """Shows a plan, alone or among those of other formats."""

    def show(plan, *others, also=()):
        plans = {one.options.output_type: one for one in (plan, *others)}
        overview.show_plan(open_checkpoint(tied_folder), plan, plans, also)
        QApplication.processEvents()  # what is new is in its place then
        return overview

    return show


def stopped_by(plan, *findings):
    return replace(plan, findings=(*plan.findings, *findings))


def told(overview):
    line = overview.readiness
    return line.sentence.text(), line.detail.text()


def seen(overview):
    """The first lines of the findings in sight."""
    return [one.what for one in overview.stops._shown] if overview.stops.isVisible() else []


def all_formats_of(overview):
    overview.formats.all.click()
    return overview.formats.sheet


def test_a_model_that_is_ready(show, plan):
    overview = show(plan)
    assert told(overview)[0].startswith("Ready. ")
    assert overview.readiness.model.text().startswith("Gemma 3 · ")
    assert seen(overview) == []
    assert overview.formats.isVisible()


def test_while_the_weights_are_looked_at_nothing_is_claimed(show, tied_folder):
    overview = show(provisional_plan(tied_folder))
    assert told(overview) == ("Looking at the weights…", "")
    assert overview.formats.isVisible()  # so that nothing jumps when they are known
    assert not overview.formats.all.isEnabled()


def test_one_thing_that_stops_is_told_once(qtbot, show, plan):
    overview = show(stopped_by(plan, NOTE, FIRST))
    assert told(overview) == ("Cannot convert: The first thing", "Mend it.")
    assert seen(overview) == []
    assert not overview.formats.isVisible()  # no format would change it
    with qtbot.waitSignal(overview.followed) as followed:
        qtbot.mouseClick(overview.readiness.remedies[0], Qt.MouseButton.LeftButton)
    assert followed.args == [ChooseImatrix()]


def test_of_several_the_others_are_below_the_sentence(qtbot, show, plan):
    overview = show(stopped_by(plan, FIRST, NOTE, SECOND))
    assert told(overview)[0] == "Cannot convert: The first thing"
    assert seen(overview) == ["The second thing"]
    (button,) = (one for one in overview.stops.findChildren(QPushButton) if one.isVisible())
    with qtbot.waitSignal(overview.followed) as followed:
        button.click()
    assert followed.args == [ChooseName()]
    assert overview.readiness.geometry().bottom() < overview.stops.geometry().top()
    show(plan)
    assert seen(overview) == []


def test_where_only_the_chosen_format_stops_another_can_be_taken(qtbot, show, plan, tied_folder):
    other = final_plan(tied_folder, output_type=OutputType.Q8_0)
    overview = show(stopped_by(plan, FIRST), other)
    assert told(overview)[0] == "Cannot convert: The first thing"
    assert overview.formats.isVisible()
    sheet = all_formats_of(overview)
    sheet.table.selectRow([one.output_type for one in sheet._choices].index(OutputType.Q8_0))
    with qtbot.waitSignal(overview.formats.taken) as taken:
        sheet.use.click()
    assert taken.args == [OutputType.Q8_0, ()]


def test_what_is_chosen_has_a_card_even_where_it_is_of_no_use(show, plan, tied_folder):
    overview = show(final_plan(tied_folder, output_type=OutputType.MXFP4), plan)
    checked = [one.choice.output_type for one in overview.formats.cards.buttons if one.isChecked()]
    assert checked == [OutputType.MXFP4]


def test_what_is_written_besides_is_told(show, plan, tied_folder):
    overview = show(plan, final_plan(tied_folder, output_type=OutputType.F16), also=(OutputType.F16,))
    assert overview.formats.also.text().startswith("Also F16: ")


def test_nothing_can_be_chosen_until_it_is_ready(show, plan, tied_folder):
    overview = show(stopped_by(plan, FIRST, SECOND), final_plan(tied_folder, output_type=OutputType.Q8_0))
    (below,) = (one for one in overview.stops.findChildren(QPushButton) if one.isVisible())
    buttons = (overview.readiness.remedies[0], below, overview.formats.all, *overview.formats.cards.buttons)
    for is_ready in (False, True):
        overview.set_enabled(is_ready)
        assert {one.isEnabled() for one in buttons} == {is_ready}


def test_tab_goes_down_the_page(qtbot, show, plan, overview):
    """As the eye does: the sentence, the formats, the links, the destination."""
    show(plan)
    overview.links.show_plan(plan, ())
    overview.readiness.sentence.setFocus()
    places: list[int] = []
    while not places or overview.focusWidget() is not overview.readiness.sentence:
        widget = overview.focusWidget()
        if not isinstance(widget, QScrollArea):  # what is around all of it
            places.append(widget.mapTo(overview, widget.rect().topLeft()).y())
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
        assert len(places) < 30
    rows = [place // 40 for place in places]  # those beside each other are not quite as high
    assert rows == sorted(rows)
    assert len(places) > 6
