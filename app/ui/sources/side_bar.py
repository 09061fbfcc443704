"""The side bar: what can be opened, searched by its name."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.core.deliver.models_here import ModelHere
from app.core.text import Text, text
from app.ui.desktop import reveal_label
from app.ui.history.finished_file import FinishedFile
from app.ui.say import say
from app.ui.settings import Recent
from app.ui.sources.source_model import ROW_ROLE, SearchedSources, SourceModel
from app.ui.sources.source_row import Group, SourceRow, in_sections, model_rows
from app.ui.sources.source_tree import RETURNS, SourceTree
from app.ui.widgets.card_frame import quiet, wrapping
from app.ui.widgets.plain_action import plain_action

MARGIN = 10


class SideBar(QWidget):
    """Is given what there is, and emits what is wanted of it."""

    open_wanted = Signal(object, object)  # Path, tuple of adapters' Paths
    file_wanted = Signal(object)  # Path of a finished file
    convert_wanted = Signal(object)  # tuple of (Path, tuple of adapters' Paths)
    reveal_wanted = Signal(object)  # Path
    forget_wanted = Signal(object)  # Recent
    forget_file_wanted = Signal(object)  # Path
    choose_wanted = Signal()  # the button Open…

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[ModelHere, ...] = ()
        self._recents: tuple[Recent, ...] = ()
        self._files: tuple[FinishedFile, ...] = ()
        self._rows: tuple[SourceRow, ...] = ()  # of models: a finished file changes none
        self._sources, self._searched = SourceModel(self), SearchedSources(self)
        self._searched.setSourceModel(self._sources)
        self.search, self.open_button = QLineEdit(), QPushButton(say(text("Open…")))
        self.search.setPlaceholderText(say(text("Search models")))
        self.search.setAccessibleName(say(text("Search models")))
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._search)
        self.tree, self.nothing = SourceTree(self._searched), quiet(wrapping())
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shown = QStackedWidget()
        self._shown.addWidget(self.tree)
        self._shown.addWidget(self.nothing)
        self.tree.line_chosen.connect(self._open)
        self.tree.delete_pressed.connect(self._forget)
        self.tree.menu_wanted.connect(self._open_menu)
        self.open_button.clicked.connect(self.choose_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        layout.addWidget(self.search)
        layout.addWidget(self._shown)
        layout.addWidget(self.open_button)
        self._show_whether()

    def show_models(self, models: Iterable[ModelHere]) -> None:
        """What a search has found, which is mostly what is there; folders and files stay."""
        models = tuple(models)
        if models != self._models:
            self._models = models
            self._show_anew()

    def show_recents(self, recents: Sequence[Recent]) -> None:
        """Folders that were open before."""
        self._recents = tuple(recents)
        self._show_anew()

    def show_files(self, files: Sequence[FinishedFile]) -> None:
        """Finished files, the newest first."""
        self._files = tuple(files)
        self._show()

    def show_open(self, folder: Path, adapters: Sequence[Path] = ()) -> None:
        """Select the line of what is open, if there is one."""
        for index in self.tree.lines():
            row = index.data(ROW_ROLE)
            if (row.path, row.adapters) == (folder, tuple(adapters)):
                self.tree.select(index)
                return

    def menu_for(self, rows: Sequence[SourceRow]) -> QMenu:
        """What can be done with these lines."""
        menu, first, is_one = QMenu(self), rows[0], len(rows) == 1
        open_ = self._add(menu, text("Open"), is_one)
        reveal = self._add(menu, reveal_label(), is_one)
        convert = self._add(menu, text("Convert"), all(row.can_convert for row in rows))
        menu.addSeparator()
        remove = self._add(menu, text("Remove from List"), all(row.can_remove for row in rows))
        wanted = tuple((row.path, row.adapters) for row in rows)
        open_.triggered.connect(lambda: self._open(first))
        reveal.triggered.connect(lambda: self.reveal_wanted.emit(first.path))
        convert.triggered.connect(lambda: self.convert_wanted.emit(wanted))
        remove.triggered.connect(lambda: self._forget(rows))
        return menu

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Down leaves the field for the lines, Return opens what was found first, Escape ends the search."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        first = next(self.tree.lines(), None)
        if event.key() == Qt.Key.Key_Down and first is not None:
            self.tree.select(first)
            self.tree.setFocus()
        elif event.key() in RETURNS and first is not None and self.search.text():
            self.tree.select(first)
            self.tree.choose(first)
        elif event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            return False
        return True

    def _show_anew(self) -> None:
        self._rows = model_rows(self._models, self._recents)
        self._show()

    def _show(self) -> None:
        self._sources.show_rows(in_sections(self._rows, self._files))
        self._show_whether()

    def _search(self, wanted: str) -> None:
        self._searched.search(wanted)
        if wanted.strip():
            self.tree.expandAll()
        self._show_whether()

    def _show_whether(self) -> None:
        """A sentence where there is no line."""
        is_searched, has_lines = bool(self.search.text().strip()), self._searched.rowCount() > 0
        nothing = text("Your own model folders, and those of LM Studio and Hugging Face, appear here.")
        self.nothing.setText(say(text("No model has this name.") if is_searched else nothing))
        self._shown.setCurrentWidget(self.tree if has_lines else self.nothing)

    def _open(self, row: SourceRow) -> None:
        if row.group is Group.FILES:
            self.file_wanted.emit(row.path)
        else:
            self.open_wanted.emit(row.path, row.adapters)

    def _forget(self, rows: Sequence[SourceRow]) -> None:
        """All of them, or where one cannot be taken off the list, none."""
        for row in rows if all(row.can_remove for row in rows) else ():
            if row.group is Group.FILES:
                self.forget_file_wanted.emit(row.path)
            else:
                self.forget_wanted.emit(row.recent)

    def _open_menu(self, rows: Sequence[SourceRow], at: QPoint) -> None:
        menu = self.menu_for(rows)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _add(self, menu: QMenu, title: Text, is_enabled: bool) -> QAction:
        action = plain_action(title, menu)
        action.setEnabled(is_enabled)
        menu.addAction(action)
        return action
