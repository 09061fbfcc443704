"""The finished file itself: dragged out of the window, or copied, as a file in Finder is."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.text import in_one_line, text
from app.ui.say import say
from app.ui.widgets.icons import icon
from app.ui.widgets.shown_text import menu_text, plain_tooltip

SIGN = 18
WIDEST = 260  # pixels of a name


class DragFile(QPushButton):
    """Pulled, it is the file; pressed, it puts the file on the clipboard, to be pasted in Finder."""

    copied = Signal()

    def __init__(self) -> None:
        super().__init__(icon("file"), "")
        self._paths: tuple[Path, ...] = ()
        self._pressed_at: QPoint | None = None
        self.setAccessibleName(say(text("The file")))
        self.setIconSize(QSize(SIGN, SIGN))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.clicked.connect(self._copy)

    def show_paths(self, paths: Sequence[Path]) -> None:
        """The file, or all parts of it."""
        self._paths = tuple(paths)
        name = in_one_line(paths[0].name)
        self.setText(menu_text(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, WIDEST)))
        self.setAccessibleName(say(text("The file {name}", name=name)))
        how = say(text("Drag the file to where you want it, or click to copy it."))
        self.setToolTip(plain_tooltip("\n".join((how, *map(str, paths)))))

    def mime_data(self) -> QMimeData:
        """As Finder gives files."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in self._paths])
        return data

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        began, moved = self._pressed_at, event.position().toPoint()
        far = began is not None and (moved - began).manhattanLength() >= QApplication.startDragDistance()
        if far and event.buttons() & Qt.MouseButton.LeftButton and self._paths:
            self._pressed_at = None
            self.setDown(False)
            self._drag()
        else:
            super().mouseMoveEvent(event)

    def _drag(self) -> None:
        """Until it is dropped. The file stays, so that nothing but a copy is offered."""
        drag = QDrag(self)
        drag.setMimeData(self.mime_data())
        drag.setPixmap(self.grab())
        drag.exec(Qt.DropAction.CopyAction)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setMimeData(self.mime_data())
        self.copied.emit()
