"""The tensor table with its search field, its choice of kinds and its sums. It shows a plan and decides nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.core.encode.kept import Kept
from app.core.human_text import bytes_in_words
from app.core.plan import ConversionPlan, PlannedTensor, PlanOptions
from app.core.text import Text, counted, joined, text
from app.ui.say import say
from app.ui.table.search_field import SearchField
from app.ui.table.sort_menu import SortMenu
from app.ui.table.tensor_columns import COLUMNS, RowKind, TensorRow
from app.ui.table.tensor_filter import TensorFilter
from app.ui.table.tensor_table_model import NO_ERRORS, NO_KEPT, TensorTableModel
from app.ui.table.tensor_types_menu import TensorTypesMenu
from app.ui.table.tensor_view import TensorView
from app.ui.widgets.plain_action import plain_action


class TensorTable(QWidget):
    """The actions `copy` and `copy_table` may stand in a menu of the window too, as may `focus_search`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = TensorTableModel(self)
        self._filter = TensorFilter(self._model, self)
        self.view = TensorView(self)
        self.view.setModel(self._filter)
        self.view.setAccessibleName(say(text("Tensors")))
        self.search = self._search_field()
        self.kind = self._kind_choice()
        self.status = QLabel(self)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self._add_actions()
        self._lay_out()
        self._watch()

    def set_plan(
        self, plan: ConversionPlan | None, errors: Mapping[str, float] = NO_ERRORS, kept: Mapping[str, Kept] = NO_KEPT
    ) -> None:
        """Show `plan` and what was measured; what is selected and in sight stays, as far as rows are the same."""
        top = self.view.top_row()
        self._model.set_plan(plan, errors, kept)
        self.types.set_options(PlanOptions() if plan is None else plan.options)
        self.view.scroll_back(*top)
        self.view.fit_columns_to(self._model.rows)
        self._tell_later()

    def focus_search(self) -> None:
        """Go to the search field, ready to type over what is in it."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def selected_rows(self) -> list[TensorRow]:
        """The selected rows as they are sorted."""
        numbers = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [self._filter.row_at(number) for number in numbers]

    def _selected_tensors(self) -> list[PlannedTensor]:
        return [row.written for row in self.selected_rows() if row.written is not None]

    def _search_field(self) -> SearchField:
        field = SearchField(self)
        field.setPlaceholderText(say(text("Search names")))
        field.setAccessibleName(say(text("Search tensor names")))
        field.setToolTip(say(text("Shows the tensors whose names contain every word")))
        field.textChanged.connect(self._filter.set_text)
        return field

    def _kind_choice(self) -> QComboBox:
        choice = QComboBox(self)
        choice.setAccessibleName(say(text("Which tensors to show")))
        choice.addItem(say(text("All tensors")), None)
        choice.addItem(say(text("Written as they are")), RowKind.AS_IT_IS)
        choice.addItem(say(text("Changed")), RowKind.CHANGED)
        choice.addItem(say(text("Left out")), RowKind.LEFT_OUT)
        choice.currentIndexChanged.connect(lambda: self._filter.set_kind(choice.currentData()))
        return choice

    def _add_actions(self) -> None:
        self.copy = self._action(text("Copy"), self._copy_selection)
        self.copy.setShortcuts(QKeySequence.StandardKey.Copy)
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # elsewhere Copy copies something else
        self.copy_table = self._action(text("Copy Table as TSV"), self._copy_table)
        separator = QAction(self)
        separator.setSeparator(True)
        self._sort_menu = SortMenu(self.view, self)
        self.types = TensorTypesMenu(self._selected_tensors, self)
        menus = [self.types.menuAction(), self._sort_menu.menuAction()]
        self.view.addActions([self.copy, self.copy_table, separator, *menus])
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _action(self, title: Text, do: Callable[[], None]) -> QAction:
        action = plain_action(title, self)
        action.triggered.connect(do)
        return action

    def _lay_out(self) -> None:
        menu = QMenu(self)
        menu.addActions(self.view.actions())
        button = QToolButton(self)
        button.setObjectName("menu")
        button.setText(say(text("Table")))
        button.setAccessibleName(say(text("Copy, choose types, sort")))
        button.setToolTip(say(text("Copy, choose types, sort")))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.kind)
        top.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.status)

    def _watch(self) -> None:
        """A change of the filter comes as many signals; one sum is enough."""
        self._tell_soon = QTimer(self, singleShot=True, interval=0)
        self._tell_soon.timeout.connect(self._tell)
        rows = self._filter
        for signal in (rows.rowsInserted, rows.rowsRemoved, rows.modelReset, rows.layoutChanged, rows.dataChanged):
            signal.connect(self._tell_later)
        self.view.selectionModel().selectionChanged.connect(self._tell_later)
        self._tell()

    def _tell_later(self) -> None:
        self._tell_soon.start()

    def _tell(self) -> None:
        """Say how much is shown and selected."""
        shown, selected = list(self._filter.shown_rows()), self.selected_rows()
        texts = [_sums(shown, self._model.rowCount())]
        if selected:
            texts.append(text("selected: {sums}", sums=_sums(selected, len(selected))))
        self.status.setText(say(joined(" · ", texts)))
        self.copy.setEnabled(bool(selected))
        self.copy_table.setEnabled(bool(shown))

    def _copy_selection(self) -> None:
        rows = self.selected_rows()
        if rows:
            QGuiApplication.clipboard().setText(_as_tsv(rows))

    def _copy_table(self) -> None:
        QGuiApplication.clipboard().setText(_as_tsv(self._filter.shown_rows()))


def _sums(rows: Sequence[TensorRow], total: int) -> Text:
    """'80 tensors, 540 MB → 536 MB'. A source that is written twice counts once."""
    tensors = _count_in_words(len(rows), total)
    if not rows:
        return tensors
    sources = {row.tensor.source.name: row.tensor.source.byte_count for row in rows}
    before = bytes_in_words(sum(sources.values()))
    after = bytes_in_words(sum(row.written.byte_count for row in rows if row.written))
    return text("{tensors}, {before} → {after}", tensors=tensors, before=before, after=after)


def _count_in_words(count: int, total: int) -> Text:
    if count != total:
        return text("{count:,} of {total:,} tensors", count=count, total=total)
    return counted("{count:,} tensor", "{count:,} tensors", count) if count else text("No tensors")


def _as_tsv(rows: Iterable[TensorRow]) -> str:
    """What stands on the screen, in its language; numbers of bytes and errors are whole."""
    titles = [column.title for column in COLUMNS]
    lines = [titles, *([column.copied_of(row) for column in COLUMNS] for row in rows)]
    return "\n".join("\t".join(" ".join(say(cell).split()) for cell in line) for line in lines) + "\n"
