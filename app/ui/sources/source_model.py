"""The side bar's lines as a tree that is changed in place: what is selected, open and in sight stays so."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from app.core.text import in_one_line
from app.ui.say import say
from app.ui.sources.source_row import Group, Rows, SourceRow
from app.ui.widgets.shown_text import plain_tooltip

ROW_ROLE = Qt.ItemDataRole.UserRole  # a SourceRow, or the Group of a section
Entry = SourceRow | Group


class SourceModel(QStandardItemModel):
    """Sections, and the lines in them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: Rows = {}

    def show_rows(self, rows: Rows) -> None:
        """Only what differs is changed."""
        if rows == self._rows:
            return
        self._rows = rows
        _merge(self.invisibleRootItem(), list(rows))
        for number, found in enumerate(rows.values()):
            _merge(self.item(number), found)


class SearchedSources(QSortFilterProxyModel):
    """The lines in which all that is looked for can be found, with their sections."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setRecursiveFilteringEnabled(True)
        self._words: list[str] = []

    def search(self, wanted: str) -> None:
        """Words in any order."""
        self.beginFilterChange()
        self._words = wanted.casefold().split()
        self.endFilterChange(self.Direction.Rows)

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        entry = self.sourceModel().index(row, 0, parent).data(ROW_ROLE)
        if not isinstance(entry, SourceRow):
            return not self._words
        said = f"{say(entry.told)} {entry.path}".casefold()
        return all(word in said for word in self._words)


def _merge(parent: QStandardItem, wanted: Sequence[Entry]) -> None:
    keys = [_key(entry) for entry in wanted]
    if not parent.rowCount():  # one change for all, or who listens would look at everything again and again
        parent.appendRows([_fill(QStandardItem(), entry) for entry in wanted])
        return
    if list(map(_key, _shown(parent))) != keys:
        _rearrange(parent, wanted, keys)
    for row, (old, new) in enumerate(zip(_shown(parent), wanted, strict=True)):
        if old != new:
            _fill(parent.child(row), new)


def _rearrange(parent: QStandardItem, wanted: Sequence[Entry], keys: Sequence[object]) -> None:
    """Take out what is not wanted, put in what is missing, and bring all in order."""
    kept = set(keys)
    for row in reversed(range(parent.rowCount())):
        if _key(parent.child(row).data(ROW_ROLE)) not in kept:
            parent.removeRow(row)
    for row, entry in enumerate(wanted):
        others = range(row, parent.rowCount())
        there = next((at for at in others if _key(parent.child(at).data(ROW_ROLE)) == keys[row]), None)
        if there is None:
            parent.insertRow(row, [_fill(QStandardItem(), entry)])  # alone, PySide would let go of it
        elif there != row:
            parent.insertRow(row, parent.takeRow(there))


def _shown(parent: QStandardItem) -> list[Entry]:
    return [parent.child(row).data(ROW_ROLE) for row in range(parent.rowCount())]


def _key(entry: Any) -> object:
    return entry.key if isinstance(entry, SourceRow) else entry


def _fill(item: QStandardItem, entry: Entry) -> QStandardItem:
    item.setEditable(False)
    item.setData(entry, ROW_ROLE)
    if isinstance(entry, Group):
        item.setText(say(entry.title))
        item.setSelectable(False)
    else:
        item.setText(in_one_line(entry.name))
        item.setData(say(entry.told), Qt.ItemDataRole.AccessibleTextRole)
        paths = (entry.path, *entry.adapters)
        item.setToolTip(plain_tooltip("\n".join((say(entry.told), *map(str, paths)))))
    return item
