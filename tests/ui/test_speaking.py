"""Another language, and another size of texts, count at once."""

import pytest

from app.core.ggml_types import OutputType
from app.core.language import english
from app.ui.history.store import History
from app.ui.main_window import MainWindow
from app.ui.session import State
from app.ui.sources import scanning
from tests.ui.driving import DEADLINE, choose_formats, opened, ready, settled


@pytest.fixture
def shown(qapp, settings, tmp_path, monkeypatch):
    """A window as the application shows it, and English again afterwards."""
    monkeypatch.setattr(scanning, "models_here", lambda *_: ())
    window = MainWindow(settings, History(tmp_path / "history.json"))
    window.furnish()
    qapp.show_window(window)
    yield window
    qapp.window.workbench.queue.shut_down()
    qapp.window.close()
    qapp.window.deleteLater()
    qapp.window = None
    qapp.speak(english())


def choose_language(window, code):
    window.menus.settings.trigger()
    sheet = window.workbench.preferring.sheet
    sheet.language.setCurrentIndex(sheet.language.findData(code))
    sheet.language.activated.emit(sheet.language.currentIndex())


def test_what_is_open_stays_open(qtbot, qapp, shown, changed_folder, tmp_path):
    opened(qtbot, shown, changed_folder)
    choose_formats(shown, OutputType.Q8_0)
    shown.workbench.converting.set_destination(tmp_path / "mine.gguf")
    shown.workbench.converting.convert()
    settled(qtbot, shown)
    queue, files = shown.workbench.queue, shown.workbench.library.history.files
    choose_language(shown, "zh_CN")
    new = qapp.window
    assert new is not shown
    qtbot.waitUntil(lambda: new.workbench.session.state is State.READY, timeout=DEADLINE)
    assert new.workbench.session.checkpoint.folder == changed_folder
    assert new.workbench.session.options.output_type is OutputType.Q8_0
    assert new.menus.settings.text().startswith("设置")
    assert new.workbench.page.overview.readiness.sentence.text().startswith("就绪")
    assert new.workbench.queue is queue
    assert [item.targets for item in new.workbench.queue.items] == [(tmp_path / "mine.gguf",)]
    assert new.workbench.library.history.files == files
    assert len(files) == 1
    assert new.workbench.preferring.sheet.language.currentData() == "zh_CN"


def test_a_conversion_goes_on(qtbot, qapp, shown, changed_folder, tmp_path, held):
    opened(qtbot, shown, changed_folder)
    shown.workbench.converting.set_destination(tmp_path / "mine.gguf")
    shown.workbench.converting.convert()
    qtbot.waitUntil(lambda: shown.workbench.queue.current is not None, timeout=DEADLINE)
    choose_language(shown, "zh_CN")
    new = qapp.window
    held.go_on.set()
    settled(qtbot, new)
    assert (tmp_path / "mine.gguf").is_file()
    assert [one.path for one in new.workbench.library.history.files] == [tmp_path / "mine.gguf"]


def test_the_size_of_texts(qtbot, qapp, shown, changed_folder):
    opened(qtbot, shown, changed_folder)
    before = [font_size(widget) for widget in letters_of_their_own(shown)]
    shown.menus.settings.trigger()
    sheet = shown.workbench.preferring.sheet
    try:
        sheet.text_size.setCurrentIndex(sheet.text_size.findData(150))
        sheet.text_size.activated.emit(sheet.text_size.currentIndex())
        new = qapp.window
        ready(qtbot, new)
        after = [font_size(widget) for widget in letters_of_their_own(new)]
        assert after == pytest.approx([1.5 * size for size in before])
    finally:
        qapp.text_size.apply(100)


def letters_of_their_own(window):
    card = window.workbench.page.overview.formats.cards.buttons[0]
    return [
        window.menuBar(),
        window.workbench.page.overview.readiness.sentence,
        card.title,
        card.size_label,
        card.detail,
    ]


def font_size(widget):
    return widget.font().pointSizeF()


def test_the_choice_is_there_at_the_next_start(qtbot, qapp, shown, settings, tmp_path):
    choose_language(shown, "zh_CN")
    qapp.speak(english())
    qapp.use(settings)
    again = MainWindow(settings, History(tmp_path / "again.json"))
    qtbot.addWidget(again)
    assert again.menus.settings.text().startswith("设置")
