"""The figures of next-token distributions as a table that can be copied."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.core.text import text
from app.core.verify.report import DistributionFigures
from app.core.verify.told import figures_in_words
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame
from app.ui.widgets.plain_action import plain_action

WIDTH = 520


class FiguresCard(CardFrame):
    """Names and values, in the units of llama-perplexity."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Figures, as llama-perplexity names them"), parent)
        self.table = QTableWidget(0, 2)
        self.table.setAccessibleName(say(text("Figures")))
        self.table.setHorizontalHeaderLabels([say(text("Figure")), say(text("Value"))])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setHighlightSections(False)
        copy = plain_action(text("Copy"), self.table)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self._copy_selected)
        self.table.addAction(copy)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.copy = QPushButton(say(text("Copy Table")))
        self.copy.clicked.connect(lambda: self._copy(range(self.table.rowCount())))
        self.table.setMaximumWidth(WIDTH)
        row, top = QHBoxLayout(), Qt.AlignmentFlag.AlignTop
        row.addWidget(self.table, 1, top)
        row.addStretch()
        row.addWidget(self.copy, 0, top)
        self.body.addLayout(row)

    def show_figures(self, figures: DistributionFigures) -> None:
        """Fill in."""
        rows = figures_in_words(figures)
        self.table.setRowCount(len(rows))
        for number, (title, value) in enumerate(rows):
            self.table.setItem(number, 0, QTableWidgetItem(say(title)))
            item = QTableWidgetItem(value)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(number, 1, item)
        self.table.resizeRowsToContents()
        header, frame = self.table.horizontalHeader().sizeHint().height(), 2 * self.table.frameWidth()
        self.table.setFixedHeight(header + self.table.verticalHeader().length() + frame)

    def _copy_selected(self) -> None:
        self._copy(sorted({index.row() for index in self.table.selectedIndexes()}))

    def _copy(self, rows: Iterable[int]) -> None:
        model = self.table.model()
        lines = ("\t".join(model.index(row, column).data() for column in range(2)) for row in rows)
        QGuiApplication.clipboard().setText("\n".join(lines))
