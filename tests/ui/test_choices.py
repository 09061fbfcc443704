"""Choices for the open model: undone and done again, and what a failure leaves of them."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice, PlanOptions
from app.ui.choice_history import ChoiceHistory, Choices
from tests.ui.driving import DEADLINE, boxes, choose_formats, chosen_format, opened, planned, sentence


def worked(qtbot, window):
    qtbot.waitUntil(lambda: not window.workbench.session.is_working, timeout=DEADLINE)


def test_history_goes_back_and_forth():
    first, second, third = (Choices(PlanOptions(name=name)) for name in ("", "a", "b"))
    history = ChoiceHistory(first)
    assert history.undo() == first
    history.choose(second)
    history.choose(second)  # the same again
    history.choose(third)
    assert [history.undo(), history.undo(), history.undo()] == [second, first, first]
    assert history.redo() == second
    history.choose(first)
    assert not history.can_redo
    assert history.redo() == first


def test_choices_are_undone_and_done_again_by_keyboard(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    session = window.workbench.session
    assert not window.menus.undo.isEnabled()
    planned(qtbot, window, lambda: session.choose(head=HeadChoice.SHARE))
    planned(qtbot, window, lambda: session.choose(output_type=OutputType.Q8_0))
    planned(qtbot, window, lambda: session.choose_formats(OutputType.Q8_0, [OutputType.F16]))
    worked(qtbot, window)
    control = Qt.KeyboardModifier.ControlModifier
    for also, kind, head in (
        ((), OutputType.Q8_0, HeadChoice.SHARE),
        ((), OutputType.AUTO, HeadChoice.SHARE),
        ((), OutputType.AUTO, HeadChoice.AUTO),
    ):
        planned(qtbot, window, lambda: QTest.keyClick(window, Qt.Key.Key_Z, control))
        worked(qtbot, window)
        assert (session.also, session.plan.options.output_type, session.plan.options.head) == (also, kind, head)
        assert window.workbench.page.head._buttons[head].isChecked()
    assert not window.menus.undo.isEnabled()
    for _ in range(3):
        planned(qtbot, window, window.menus.redo.trigger)
        worked(qtbot, window)
    assert session.also == (OutputType.F16,)
    assert session.plan.options.head is HeadChoice.SHARE
    assert not window.menus.redo.isEnabled()


def test_what_is_taken_from_the_sheet_is_one_choice(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    session = window.workbench.session
    choose_formats(window, OutputType.Q8_0, OutputType.F16)
    worked(qtbot, window)
    assert (session.options.output_type, session.also) == (OutputType.Q8_0, (OutputType.F16,))
    planned(qtbot, window, window.menus.undo.trigger)
    assert (session.options.output_type, session.also) == (OutputType.AUTO, ())
    assert not window.menus.undo.isEnabled()


def test_another_folder_has_nothing_to_undo(qtbot, window, changed_folder, tied_folder):
    opened(qtbot, window, changed_folder)
    planned(qtbot, window, lambda: window.workbench.session.choose(name="another"))
    opened(qtbot, window, tied_folder)
    assert not window.menus.undo.isEnabled()


def test_a_matrix_that_cannot_be_read_loses_no_plan(qtbot, window, changed_folder, tmp_path):
    """It was read in the place of the plans that were on their way."""
    file = tmp_path / "notes.gguf"
    file.write_text("no")
    opened(qtbot, window, changed_folder)
    session = window.workbench.session
    session.choose(head=HeadChoice.SHARE)
    session.read_imatrix(file)
    qtbot.waitUntil(lambda: bool(boxes(window)), timeout=DEADLINE)
    boxes(window)[0].close()
    worked(qtbot, window)
    assert {plan.options.head for plan in session.plans.values()} == {HeadChoice.SHARE}


def test_what_was_converted_is_shown_while_it_is_what_is_chosen(qtbot, window, changed_folder, tmp_path):
    """Else "ready" would stand beside the plan of another file."""
    opened(qtbot, window, changed_folder)
    output = window.workbench.page.output
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    assert output.current is output._done
    assert sentence(window) == "Converted. Nothing was lost."
    planned(qtbot, window, lambda: window.workbench.session.choose(head=HeadChoice.SHARE))
    assert output.current is output._form
    assert sentence(window).startswith("Ready. The model's own output layer will be lost.")
    assert window.workbench.queue.items[0].written  # it is still in the queue
    worked(qtbot, window)
    planned(qtbot, window, window.workbench.session.undo)
    assert output.current is output._done
    assert sentence(window) == "Converted. Nothing was lost."
    output._done.again.click()
    assert sentence(window) == "Ready. Nothing will be lost."


def test_the_preferred_format_is_chosen_at_first(qtbot, window, changed_folder):
    window.workbench.session.open(changed_folder, options=PlanOptions(output_type=OutputType.Q8_0))
    worked(qtbot, window)
    assert window.workbench.session.plan.options.output_type is OutputType.Q8_0
    assert not window.menus.undo.isEnabled()
    assert chosen_format(window) is OutputType.Q8_0
