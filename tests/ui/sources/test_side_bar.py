"""The side bar by mouse and by keyboard; what a search finds moves nothing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QMenu

from app.core.deliver.models_here import Place
from app.ui.settings import Recent
from app.ui.sources import side_bar
from app.ui.sources.side_bar import SideBar
from app.ui.sources.source_model import ROW_ROLE
from tests.ui.accessible import controls
from tests.ui.history.finished import finished
from tests.ui.sources.made import adapter, model


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def models(tmp_path):
    hub = [model(f"org/model-{number:02}", tmp_path / f"hub{number}") for number in range(1, 40)]
    return [*hub, model("pub/studio", tmp_path / "studio", Place.LM_STUDIO), adapter("tune", tmp_path / "tune")]


@pytest.fixture
def bar(qtbot, models, tmp_path):
    bar = SideBar()
    bar.resize(240, 400)
    bar.show_recents([Recent(tmp_path / "mine")])
    bar.show_files([finished(tmp_path)])
    bar.show_models(models)
    qtbot.addWidget(bar)
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def lines(bar):
    return [index.data(ROW_ROLE).name for index in bar.tree.lines()]


def index_of(bar, name):
    return next(index for index in bar.tree.lines() if index.data(ROW_ROLE).name == name)


def select(bar, name):
    bar.tree.setFocus()
    bar.tree.setCurrentIndex(index_of(bar, name))


def click(qtbot, bar, name, button=Qt.MouseButton.LeftButton):
    bar.tree.scrollTo(index_of(bar, name))
    qtbot.mouseClick(bar.tree.viewport(), button, pos=bar.tree.visualRect(index_of(bar, name)).center())


def test_a_click_opens(qtbot, bar, tmp_path):
    with qtbot.waitSignal(bar.open_wanted) as told:
        click(qtbot, bar, "studio")
    assert told.args == [tmp_path / "studio", ()]
    with qtbot.waitSignal(bar.file_wanted) as told:
        click(qtbot, bar, "my-model-Q8_0.gguf")
    assert told.args == [tmp_path / "my-model-Q8_0.gguf"]


def test_arrows_move_and_return_opens(qtbot, bar, tmp_path):
    select(bar, "mine")
    with qtbot.assertNotEmitted(bar.open_wanted):
        for _ in range(2):
            qtbot.keyClick(bar.tree, Qt.Key.Key_Down)
    with qtbot.waitSignal(bar.open_wanted) as told:
        qtbot.keyClick(bar.tree, Qt.Key.Key_Return)
    assert told.args == [tmp_path / "studio", ()]


def test_a_section_closes_and_stays_closed(qtbot, bar, models):
    section = index_of(bar, "studio").parent()
    bar.tree.setCurrentIndex(section)
    qtbot.keyClick(bar.tree, Qt.Key.Key_Return)
    assert not bar.tree.isExpanded(section)
    bar.show_models([*models, model("pub/second", models[0].folder / "2", Place.LM_STUDIO)])
    assert not bar.tree.isExpanded(index_of(bar, "studio").parent())


def test_searching_by_keyboard(qtbot, bar, tmp_path):
    bar.search.setFocus()
    qtbot.keyClicks(bar.search, "MODEL 17")
    assert lines(bar) == ["model-17"]
    with qtbot.waitSignal(bar.open_wanted) as told:
        qtbot.keyClick(bar.search, Qt.Key.Key_Return)
    assert told.args[0] == tmp_path / "hub17"
    qtbot.keyClick(bar.search, Qt.Key.Key_Escape)
    assert len(lines(bar)) == 43
    qtbot.keyClick(bar.search, Qt.Key.Key_Down)
    assert bar.tree.currentIndex().data(ROW_ROLE).name == "mine"


def test_what_a_search_finds_moves_nothing(qtbot, bar, models, tmp_path):
    select(bar, "model-20")
    bar.tree.scrollTo(index_of(bar, "model-20"), bar.tree.ScrollHint.PositionAtCenter)
    qtbot.wait(20)
    place = bar.tree.visualRect(index_of(bar, "model-20"))
    with_file = model("org/model-20", tmp_path / "hub20", gguf=(tmp_path / "a.gguf",))
    changed = [with_file if one.folder.name == "hub20" else one for one in models]
    bar.show_models([*changed, model("org/zeta", tmp_path / "zeta")])
    bar.show_models([*changed, model("org/zeta", tmp_path / "zeta")])
    assert [row.name for row in bar.tree.selected()] == ["model-20"]
    assert bar.tree.selected()[0].has_file
    assert bar.tree.visualRect(index_of(bar, "model-20")) == place
    assert "zeta" in lines(bar)


def test_lines_of_models_are_made_once(bar, models, tmp_path, monkeypatch):
    """For 500 of them it takes long enough to be seen."""
    before = lines(bar)
    monkeypatch.setattr(side_bar, "model_rows", pytest.fail)
    bar.show_models(list(models))
    bar.show_files([finished(tmp_path), finished(tmp_path, "another.gguf")])
    assert [name for name in before if name not in lines(bar)] == []
    assert "another.gguf" in lines(bar)


def test_what_went_away_is_gone(bar, models):
    bar.show_models(models[1:-1])
    assert "model-01" not in lines(bar)
    assert "tune" not in lines(bar)
    bar.show_models(models)
    assert lines(bar).index("model-01") < lines(bar).index("model-02")


def test_the_menu_of_one_line(qtbot, bar, tmp_path):
    select(bar, "studio")
    menu = bar.menu_for(bar.tree.selected())
    by_title = {action.text(): action for action in menu.actions() if action.text()}
    assert [title for title, action in by_title.items() if action.isEnabled()][::2] == ["Open", "Convert"]
    with qtbot.waitSignal(bar.convert_wanted) as told:
        by_title["Convert"].trigger()
    assert told.args == [((tmp_path / "studio", ()),)]


def test_several_are_converted_together(qtbot, bar, tmp_path):
    select(bar, "model-01")
    for _ in range(2):
        qtbot.keyClick(bar.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    menu = bar.menu_for(bar.tree.selected())
    assert [action.text() for action in menu.actions() if action.isEnabled() and action.text()] == ["Convert"]
    with qtbot.waitSignal(bar.convert_wanted) as told:
        next(action for action in menu.actions() if action.text() == "Convert").trigger()
    assert [path.name for path, _ in told.args[0]] == ["hub1", "hub2", "hub3"]


def test_lines_are_taken_off_the_list(qtbot, bar, tmp_path):
    select(bar, "mine")
    with qtbot.waitSignal(bar.forget_wanted) as told:
        qtbot.keyClick(bar.tree, Qt.Key.Key_Delete)
    assert told.args == [Recent(tmp_path / "mine")]
    select(bar, "my-model-Q8_0.gguf")
    with qtbot.waitSignal(bar.forget_file_wanted) as told:
        qtbot.keyClick(bar.tree, Qt.Key.Key_Backspace)
    select(bar, "studio")
    with qtbot.assertNotEmitted(bar.forget_wanted):
        qtbot.keyClick(bar.tree, Qt.Key.Key_Delete)


def test_what_is_open_is_selected(bar, tmp_path):
    bar.show_open(tmp_path / "hub7")
    assert [row.name for row in bar.tree.selected()] == ["model-07"]
    bar.show_open(tmp_path / "nowhere")
    assert [row.name for row in bar.tree.selected()] == ["model-07"]


def test_open(qtbot, bar):
    with qtbot.waitSignal(bar.choose_wanted):
        bar.open_button.click()


def test_without_a_line_it_says_why(qtbot, bar):
    qtbot.keyClicks(bar.search, "nothing like it")
    assert bar.nothing.isVisible()
    assert bar.nothing.text() == "No model has this name."
    bar.search.clear()
    assert bar.tree.isVisible()
    bar.show_models(())
    bar.show_recents(())
    bar.show_files(())
    assert "appear here" in bar.nothing.text()


def test_names_of_strangers_stay_on_one_line(bar, tmp_path):
    bar.show_models([model("org/<b>a\nb", tmp_path / "odd")])
    index = next(index for index in bar.tree.lines() if "\n" in index.data(ROW_ROLE).name)
    assert index.data() == "<b>a\\nb"
    assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole)


def test_it_can_be_used_without_eyes_or_mouse(bar):
    for widget in controls(bar):
        assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert index_of(bar, "studio").data(Qt.ItemDataRole.AccessibleTextRole) == "studio, 4-bit · 2.30 GB"


def test_the_menu_by_keyboard(qtbot, bar):
    select(bar, "studio")
    at = bar.tree.viewport().rect().bottomRight()
    with qtbot.waitSignal(bar.tree.menu_wanted) as told:
        bar.tree.customContextMenuRequested.emit(at + at)
    rows, place = told.args
    assert [row.name for row in rows] == ["studio"]
    assert bar.tree.visualRect(index_of(bar, "studio")).contains(bar.tree.viewport().mapFromGlobal(place))
    bar.findChildren(QMenu)[-1].close()
