"""The tensor table with its search field, its choice of kinds and its sums. It shows a plan and decides nothing."""

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from app.core.encode.kept import Kept
from app.core.plan import ConversionPlan, PlannedTensor, PlanOptions
from app.core.text import Text, text
from app.ui.say import say
from app.ui.table.columns_menu import ColumnsMenu
from app.ui.table.search_field import SearchField
from app.ui.table.sort_menu import SortMenu
from app.ui.table.table_layout import lay_out
from app.ui.table.table_text import as_tsv, sums
from app.ui.table.tensor_columns import TYPE_COLUMN
from app.ui.table.tensor_model import TensorModel
from app.ui.table.tensor_row import NO_ERRORS, NO_KEPT, Row, RowKind, TensorRow, model_of, tensors_of
from app.ui.table.tensor_types_menu import TensorTypesMenu
from app.ui.table.tensor_view import TensorView
from app.ui.table.type_editor import TypeCells
from app.ui.widgets.plain_action import plain_action


class TensorTable(QWidget):
    """The actions `copy`, `copy_table` and `export` may stand in a menu of the window too, as may `focus_search`.

    `current_changed` has the row that is looked at, None for none; `columns_chosen` the names of hidden columns, to be
    remembered and given to `hide_columns`.
    """

    current_changed = Signal(object)
    columns_chosen = Signal(object)
    export_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: object = None  # of which model
        self._has_adapters = False
        self._file_size = 0  # with all that is no tensor; 0 while it is not known
        self.model = TensorModel(self)
        self.view = TensorView(self.model, self)
        self.view.setAccessibleName(say(text("Tensors")))
        self.search = self._search_field()
        self.kind = self._kind_choice()
        self.status = QLabel(self)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self._add_actions()
        lay_out(self, (self.search, self.kind), self.view, self.status)
        self._watch()

    def set_plan(
        self, plan: ConversionPlan | None, errors: Mapping[str, float] = NO_ERRORS, kept: Mapping[str, Kept] = NO_KEPT
    ) -> None:
        """Show `plan` and what was measured; what is selected and in sight stays, as far as rows are the same."""
        top, model = self.view.top_row(), model_of(plan)
        if model == self._shown:
            self.model.set_plan(plan, errors, kept)
        else:
            self._forget_search()
            self.model.begin_anew(plan, errors, kept)
            self.view.open_what_is_found(False)
            self.view.fit_columns_to(self.model.rows)
        self._shown = model
        self.types.set_options(PlanOptions() if plan is None else plan.options)
        self._has_adapters = bool(plan and plan.adapters)
        self._file_size = 0 if plan is None or plan.is_provisional else plan.byte_count
        self._show_columns()
        self.view.scroll_back(*top)
        self._tell_later()

    def focus_search(self) -> None:
        """Go to the search field, ready to type over what is in it."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def hide_columns(self, names: Iterable[str]) -> None:
        """As they were remembered."""
        self.columns.hide_columns(names)
        self._show_columns()

    def selected_rows(self) -> list[TensorRow]:
        """The selected tensors as they are sorted; of a layer all its tensors."""
        return tensors_of(self.view.selected())

    def shown_rows(self) -> list[TensorRow]:
        """All tensors that are not filtered out, as they are sorted."""
        return tensors_of(self.model.top)

    @property
    def current_row(self) -> Row | None:
        """The row that is looked at."""
        index = self.view.currentIndex()
        return self.model.row_of(index) if index.isValid() else None

    def _forget_search(self) -> None:
        """Nothing that was looked for in one model hides anything of another."""
        for control in (self.search, self.kind):
            control.blockSignals(True)
        self.search.clear()
        self.kind.setCurrentIndex(0)
        for control in (self.search, self.kind):
            control.blockSignals(False)
        self.view.header().blockSignals(True)
        self.view.forget_order()
        self.view.header().blockSignals(False)

    def _show_columns(self) -> None:
        self.columns.offer_kept(self._has_adapters)
        self.view.show_columns(self.columns.hidden, self._has_adapters)

    def _columns_chosen(self) -> None:
        self._show_columns()
        self.columns_chosen.emit(self.columns.hidden)

    def _selected_tensors(self) -> list[PlannedTensor]:
        return [row.written for row in self.selected_rows() if row.written is not None]

    def _search_field(self) -> SearchField:
        field = SearchField(self)
        field.setPlaceholderText(say(text("Search names")))
        field.setAccessibleName(say(text("Search tensor names")))
        field.setToolTip(say(text("Shows the tensors whose names contain every word")))
        field.textChanged.connect(lambda said: self._filter(words=tuple(said.casefold().split())))
        return field

    def _kind_choice(self) -> QComboBox:
        choice = QComboBox(self)
        choice.setAccessibleName(say(text("Which tensors to show")))
        choice.addItem(say(text("All tensors")), None)
        choice.addItem(say(text("Written as they are")), RowKind.AS_IT_IS)
        choice.addItem(say(text("Changed")), RowKind.CHANGED)
        choice.addItem(say(text("Left out")), RowKind.LEFT_OUT)
        choice.currentIndexChanged.connect(lambda: self._filter(kind=choice.currentData()))
        return choice

    def _filter(self, **changes: object) -> None:
        self.model.arrange(**changes)
        self.view.open_what_is_found(self.model.arrangement.hides)

    def _add_actions(self) -> None:
        self.copy = self._action(text("Copy"), lambda: _copy(self.selected_rows()))
        self.copy.setShortcuts(QKeySequence.StandardKey.Copy)
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # elsewhere Copy copies something else
        self.copy_table = self._action(text("Copy Table as TSV"), lambda: _copy(self.shown_rows()))
        self.export = self._action(text("Export Tensors…"), self.export_wanted.emit)
        self.fold = self._action(text("Group by Layer"), lambda: self.model.arrange(folds=self.fold.isChecked()))
        self.fold.setCheckable(True)
        self.fold.setChecked(True)
        self.open_all = self._action(text("Show All in Layers"), self.view.expandAll)
        self.close_all = self._action(text("Show Layers Only"), self.view.collapseAll)
        self.sorting, self.columns = SortMenu(self.view, self), ColumnsMenu(self)
        self.columns.changed.connect(self._columns_chosen)
        self.types = TensorTypesMenu(self._selected_tensors, self)
        editor = TypeCells(self.model, self.types.types_for, self.view)
        editor.chosen.connect(self.types.chosen)
        self.view.setItemDelegateForColumn(TYPE_COLUMN, editor)
        first, second = QAction(self), QAction(self)
        first.setSeparator(True)
        second.setSeparator(True)
        menus = [menu.menuAction() for menu in (self.types, self.sorting, self.columns)]
        actions = [self.copy, self.copy_table, self.export, first, *menus, second, self.fold]
        self.view.addActions([*actions, self.open_all, self.close_all])
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.view.header().addActions(self.columns.actions())
        self.view.header().setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _action(self, title: Text, do: Callable[[], object]) -> QAction:
        action = plain_action(title, self)
        action.triggered.connect(lambda: do())
        return action

    def _watch(self) -> None:
        """A change of the filter comes as many signals; one sum is enough."""
        self._tell_soon = QTimer(self, singleShot=True, interval=0)
        self._tell_soon.timeout.connect(self._tell)
        for signal in (self.model.modelReset, self.model.layoutChanged, self.model.dataChanged):
            signal.connect(self._tell_later)
        self.view.selectionModel().selectionChanged.connect(self._tell_later)
        self._tell()

    def _tell_later(self) -> None:
        self._tell_soon.start()

    def _tell(self) -> None:
        """Say how much is shown and selected, and what is looked at."""
        shown, selected = self.shown_rows(), self.selected_rows()
        self.status.setText(say(sums(shown, len(self.model.rows), selected, self._file_size)))
        self.copy.setEnabled(bool(selected))
        self.copy_table.setEnabled(bool(shown))
        self.export.setEnabled(bool(self.model.rows))
        self.current_changed.emit(self.current_row)


def _copy(rows: list[TensorRow]) -> None:
    if rows:
        QGuiApplication.clipboard().setText(as_tsv(rows))
