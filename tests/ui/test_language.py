"""The window's language: the environment's, else the system's; all of it, Qt's own words too."""

import re
from itertools import product

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialogButtonBox,
)

from app.core.errors import AppError, ConversionError
from app.core.ggml_types import OutputType
from app.core.language import english
from app.core.plan import PlanOptions
from app.core.progress import Progress, Stage, Unit
from app.core.resources import SAMPLE, resource_path
from app.core.text import text
from app.ui.page.detail import Detail
from app.ui.queue.queue_item import ItemState, QueueItem, Unopened
from app.ui.say import ENVIRONMENT, window_language
from app.ui.widgets import sheets
from app.ui.widgets.failure import show_failure
from tests.ui.clipping import nothing_is_clipped
from tests.ui.driving import DEADLINE, all_formats, boxes, drag, each_page, leads_to, opened, sentence, settled
from tests.ui.english import ENGLISH, in_english


def test_what_is_english_is_found(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    found = [said for _ in each_page(window) for said in in_english(window)]
    assert {"Convert", "Notes", "Rows × columns; sorted by the number of values", "copied"} <= set(found)
    assert len(found) > 60


def test_the_empty_window_is_chinese(chinese_window):
    assert in_english(chinese_window) == []
    assert chinese_window.welcome.open.text() == "打开…"


@pytest.mark.parametrize("folder", ["sample", "tied_folder", "copied_folder", "changed_folder"])
def test_an_open_folder_is_chinese(qtbot, chinese_window, folder, request):
    path = resource_path(SAMPLE) if folder == "sample" else request.getfixturevalue(folder)
    window = opened(qtbot, chinese_window, path)
    window.workbench.page.table.view.selectAll()
    window.workbench.page.table._tell()
    window.workbench.page.table.types.fill()
    window.workbench.page.tokenizer.show_tried(AppError(text("it is missing")))
    assert leads_to(window, Detail.NOTES) or folder != "sample"
    for detail in each_page(window):
        assert in_english(window) == [], detail
    all_formats(window)
    assert in_english(window) == []
    assert "张量" in window.workbench.page.table.status.text()


def test_what_stops_a_conversion_is_told_in_chinese(qtbot, chinese_window, tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "tokenizer.json").unlink()
    window = opened(qtbot, chinese_window, folder)
    assert window.workbench.session.plan.blockers
    assert window.workbench.page.output._form.remark.text().startswith("无法转换")
    assert sentence(window).startswith("无法转换")
    for detail in each_page(window):
        assert in_english(window) == [], detail


def test_progress_is_chinese(chinese_window, tmp_path):
    window = chinese_window
    window.shell.show_page(window.workbench.page)
    window.workbench.queue_bar.unfold()
    nothing = Unopened(PlanOptions(output_type=OutputType.AUTO), lambda *_: tmp_path)
    for stage, unit in product(Stage, Unit):
        progress = Progress(stage, 10, 20, "blk.0.attn_q.weight", 3.5, 75, unit)
        item = QueueItem("1", tmp_path, nothing, state=ItemState.OPENING, progress=progress, number=1)
        window.workbench.queue.items = (item,)
        window.workbench.queue.rows_changed.emit()
        assert "剩余 1:15" in window.workbench.queue_bar.state.text(), (stage, unit)
        assert "剩余 1:15" in window.workbench.queue_bar.rows[1].toolTip(), (stage, unit)
        assert in_english(window) == [], (stage, unit)


@pytest.mark.parametrize("count", [1, 2])
def test_the_result_is_chinese(qtbot, chinese_window, tied_folder, tmp_path, count):
    window = opened(qtbot, chinese_window, tied_folder)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    if count > 1:
        window.workbench.session.choose_formats("auto", ["q8_0"])
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    settled(qtbot, window)
    assert "已就绪" in window.workbench.page.output._done._text.text()
    assert sentence(window) == "已转换。没有任何损失。"
    assert in_english(window) == []
    window.menus.history.trigger()
    assert window.workbench.navigation.finished_files.isVisible()
    assert in_english(window) == []


def test_what_hovers_is_judged_in_chinese(chinese_window, tied_folder, copied_folder, tmp_path):
    for paths in ([tied_folder], [tmp_path], [tied_folder, copied_folder], [tmp_path / "no" / "x"]):
        drag(chinese_window, *paths)
        assert re.search("[一-鿿]", chinese_window.workbench.drops.overlay.text)
        assert not ENGLISH.search(chinese_window.workbench.drops.overlay.text)
        assert chinese_window.workbench.drops.overlay.accessibleName() == chinese_window.workbench.drops.overlay.text


QUESTIONS = {
    "replace": lambda window, path: sheets.ask_to_replace(window, [path], lambda: None),
    "replace several": lambda window, path: sheets.ask_to_replace(window, [path, path], lambda: None),
    "stop": lambda window, _: sheets.ask_to_stop(window, text("Stop {what}", what="1"), lambda: None),
    "about": lambda window, _: sheets.about(window),
    "error": lambda window, path: show_failure(
        window, ConversionError(text("{file} cannot be read: {reason}.", file=path.name, reason=text("it is missing")))
    ),
    "bug": lambda window, _: show_failure(window, ValueError("wrong")),
}


@pytest.mark.parametrize("ask", QUESTIONS)
def test_sheets_are_chinese_with_their_buttons(chinese_window, ask, tmp_path):
    QUESTIONS[ask](chinese_window, tmp_path / "mine.gguf")
    (box,) = boxes(chinese_window)
    buttons = [re.sub(r"\(&\w\)|&", "", button.text()) for button in box.findChildren(QAbstractButton) if button.text()]
    assert buttons
    assert all(re.search("[一-鿿]", button) for button in buttons), buttons
    assert in_english(box) == []
    box.close()
    QApplication.processEvents()


def test_qts_own_words_follow_and_go(qapp, chinese):
    assert "取消" in standard_button()
    qapp.speak(english())
    assert standard_button() == "Cancel"


def standard_button():
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    return box.button(QDialogButtonBox.StandardButton.Cancel).text().replace("&", "")


def test_what_is_copied_is_what_is_seen(qtbot, chinese_window, tied_folder):
    window = opened(qtbot, chinese_window, tied_folder)
    window.workbench.page.table.copy_table.trigger()
    titles, first, *_ = QApplication.clipboard().text().splitlines()
    assert titles.split("\t")[0] == "源名称"
    assert first.split("\t")[-1] == "复制"


@pytest.mark.parametrize(("width", "height"), [(760, 520), (900, 600), (1280, 800)])
def test_nothing_is_clipped_in_chinese(qtbot, chinese_window, changed_folder, width, height):
    opened(qtbot, chinese_window, changed_folder)
    chinese_window.resize(width, height)
    for _ in each_page(chinese_window):
        nothing_is_clipped(qtbot, chinese_window)
    chinese_window.menus.history.trigger()
    nothing_is_clipped(qtbot, chinese_window)


SYSTEMS = {
    ("zh-Hans-CN", "zh-CN", "zh-Hans", "zh"): "zh_CN",
    ("zh-Hans-US", "zh-US", "en-US"): "zh_CN",
    ("zh-SG", "zh"): "zh_CN",
    ("zh-Hant-TW", "zh-TW", "zh-Hant", "zh"): "en",
    ("zh-Hant-HK", "zh-HK", "zh-Hans-HK"): "zh_CN",
    ("en-US", "en", "zh-Hans-US"): "en",
    ("de-DE", "de", "zh-Hans-DE"): "zh_CN",
    ("de-DE", "de"): "en",
    ("C",): "en",
    (): "en",
}


@pytest.mark.parametrize("tags", SYSTEMS, ids="+".join)
def test_without_an_environment_the_system_says(monkeypatch, tags):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    assert window_language(tags).code == SYSTEMS[tags]


def test_it_is_qt_that_knows_the_system(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(QLocale, "uiLanguages", lambda _: ["zh-Hans-CN"])
    assert window_language().code == "zh_CN"


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_the_environment_is_asked_first_as_on_the_command_line(monkeypatch, name):
    for other in ENVIRONMENT:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "zh_CN.UTF-8")
    assert window_language(["en-US"]).code == "zh_CN"
    monkeypatch.setenv(name, "C.UTF-8")
    assert window_language(["zh-Hans-CN"]).code == "en"
