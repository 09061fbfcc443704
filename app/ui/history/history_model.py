"""Finished files as a table."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.ui.history.finished_file import FinishedFile
from app.ui.history.history_columns import COLUMNS, DATE, NAME, PROOF, SOURCE, moment_in_words
from app.ui.proof.tones import OF_VERDICT, Tone
from app.ui.say import say
from app.ui.widgets.shown_text import plain_tooltip

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole
FILE_ROLE = Qt.ItemDataRole.UserRole + 1
TONE_ROLE = Qt.ItemDataRole.UserRole + 2
NOWHERE = QModelIndex()


class HistoryModel(QAbstractTableModel):
    """Whether a file is there is looked at when the list is shown, not while it is painted."""

    def __init__(self) -> None:
        super().__init__()
        self._files: list[tuple[FinishedFile, bool]] = []

    def set_files(self, files: Sequence[FinishedFile]) -> None:
        """Show these, in this order."""
        found = [(one, one.is_there) for one in files]
        if found != self._files:  # else the list would be scrolled back for nothing
            self.beginResetModel()
            self._files = found
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._files)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return say(COLUMNS[section].title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one, is_there = self._files[index.row()]
        column = COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(one, is_there)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(_tip(one, index.column()) or column.text(one, is_there))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case _ if role == SORT_ROLE:
                return column.sort_key(one)
            case _ if role == FILE_ROLE:
                return one
            case _ if role == TONE_ROLE and index.column() == PROOF:
                return (OF_VERDICT[one.verdict] if one.verdict else Tone.PLAIN) if is_there else Tone.POOR
        return None

    def is_there(self, row: int) -> bool:
        """Whether the file of this row was there when the list was shown."""
        return self._files[row][1]


def _tip(one: FinishedFile, column: int) -> str:
    """What a cell has no room for."""
    return {
        NAME: "\n".join(map(str, one.paths)),
        DATE: moment_in_words(one.finished_at),
        SOURCE: "\n".join(map(str, (one.source, *(used.path for used in one.adapters)))),
    }.get(column, "")


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if COLUMNS[column].is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
