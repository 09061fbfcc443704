"""The queue at the bottom of the window: one line for what is going on; unfolded, a row for each item."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.core.text import text
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.item_progress import ItemProgress
from app.ui.queue.queue_item import QueueItem
from app.ui.queue.queue_row import QueueRow
from app.ui.queue.queue_words import progress_in_short, state_of, summary_of, title_of
from app.ui.say import say
from app.ui.widgets.card_frame import quiet
from app.ui.widgets.elided_label import ElidedLabel
from app.ui.widgets.failure import show_failure
from app.ui.widgets.revealing import reveal
from app.ui.widgets.tab_order import tab_after

MARGIN, GAP = 16, 12
LEAST_HEIGHT, SHARE = 90, 0.3  # of the rows in the window; more of them scroll


class QueueBar(QWidget):
    """Hidden while the queue is empty. Stop, Try Again, Remove and Show in Finder are done here."""

    def __init__(self, queue: ConversionQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self.rows: dict[int, QueueRow] = {}
        self.title, self.state, self.bar = ElidedLabel(), quiet(QLabel()), ItemProgress()
        self.bar.setAccessibleName(say(text("Progress")))
        self.stop = QPushButton(say(text("Stop")))
        self.stop.clicked.connect(queue.stop_current)
        self.clear = QPushButton(say(text("Clear")))
        self.clear.setToolTip(say(text("Take everything that has ended out of the queue; files stay where they are")))
        self.clear.clicked.connect(self._clear)
        self.fold = QToolButton()
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.toggled.connect(self._show_folded)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.title, 1)
        for widget in (self.bar, self.state, self.stop, self.clear, self.fold):
            line.addWidget(widget)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self.area = self._scrolled()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, 8, MARGIN, 8)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addWidget(self.area)
        self._show_folded(False)
        queue.rows_changed.connect(self._show_rows)
        queue.changed.connect(self._show_item)
        queue.progressed.connect(self._show_progress)
        self._show_rows()

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
            painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
            painter.drawLine(self.rect().topLeft(), self.rect().topRight())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape folds the rows; it stops nothing, since other work may be in sight."""
        if event.key() == Qt.Key.Key_Escape and self.fold.isChecked():
            self.fold.setChecked(False)
        else:
            super().keyPressEvent(event)

    def unfold(self) -> None:
        """Bring the rows into sight."""
        self.fold.setChecked(True)

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        inside.setLayout(self._list)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName(say(text("Queue")))
        area.setBackgroundRole(QPalette.ColorRole.Base)
        return area

    def _show_rows(self) -> None:
        items = self._queue.items
        numbers = [item.number for item in items]
        for number in [one for one in self.rows if one not in numbers]:
            row = self.rows.pop(number)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, item in enumerate(items):
            row = self.rows.get(item.number) or self._add_row(item.number)
            if self._list.indexOf(row) != place:
                self._list.insertWidget(place, row)
            row.show_item(item)
        tab_after(self.fold, (self.rows[number] for number in numbers))
        self.setVisible(bool(items))
        self._show_line()
        self._fit()

    def _add_row(self, number: int) -> QueueRow:
        row = self.rows[number] = QueueRow()
        row.stop_wanted.connect(lambda: self._queue.stop(number))
        row.retry_wanted.connect(lambda: self._queue.retry(number))
        row.remove_wanted.connect(lambda: self._queue.remove(number))
        row.reveal_wanted.connect(lambda: self._reveal(number))
        row.details_wanted.connect(lambda: self._show_details(number))
        row.moved.connect(lambda by: self._queue.move(number, by))
        return row

    def _show_item(self, item: QueueItem) -> None:
        if item.number in self.rows:
            self.rows[item.number].show_item(item)
        self._show_line()
        self._fit()

    def _show_progress(self, item: QueueItem) -> None:
        self.rows[item.number].show_progress(item)
        self._show_current(item)

    def _show_line(self) -> None:
        current, items = self._queue.current, self._queue.items
        is_told_here = current is not None and not self.fold.isChecked()  # unfolded, its row tells it
        for widget in (self.bar, self.state, self.stop):
            widget.setVisible(is_told_here)
        self.clear.setVisible(any(item.state.is_over for item in items) and not is_told_here)
        if current is not None:
            self.stop.setAccessibleName(say(text("Stop {what}", what=title_of(current))))
            self._show_current(current)
        if self.fold.isChecked():
            self.title.show_line(text("Queue"))
        elif current is not None:
            self.title.show_line(title_of(current))
        else:
            self.title.show_line(summary_of(items) if items else "")

    def _show_current(self, item: QueueItem) -> None:
        self.bar.show_progress(item.progress)
        said = state_of(item) if item.progress is None else progress_in_short(item.progress)
        waiting = sum(not one.state.is_over for one in self._queue.items) - 1
        self.state.setText(say(text("{what}  ·  {count:,} more", what=said, count=waiting) if waiting else said))

    def _show_folded(self, is_unfolded: bool) -> None:
        self.area.setVisible(is_unfolded)
        self.fold.setArrowType(Qt.ArrowType.DownArrow if is_unfolded else Qt.ArrowType.UpArrow)
        name = say(text("Hide Queue") if is_unfolded else text("Show Queue"))
        self.fold.setToolTip(name)
        self.fold.setAccessibleName(name)
        self._show_line()
        self._fit()

    def _fit(self) -> None:
        """As high as the rows need, up to what leaves the page its room."""
        most = max(LEAST_HEIGHT, round(self.window().height() * SHARE))
        self.area.setFixedHeight(min(most, self._list.sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # ---- what is wanted

    def _clear(self) -> None:
        for item in self._queue.items:
            if item.state.is_over:
                self._queue.remove(item.number)

    def _reveal(self, number: int) -> None:
        item = self._queue.item(number)
        if item is not None and item.written:
            reveal(self.window(), item.written[0].path)

    def _show_details(self, number: int) -> None:
        item = self._queue.item(number)
        if item is not None and item.failure is not None:
            show_failure(self.window(), item.failure)
