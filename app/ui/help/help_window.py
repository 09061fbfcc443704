"""MLX Ferry Help: contents and search at the left, the text beside them. Nothing comes from a network."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from app.core.guide import read_guide
from app.core.text import NOTHING, counted, text
from app.ui.help.contents import Contents
from app.ui.help.guide_text import GuideText
from app.ui.say import say, spoken
from app.ui.widgets.card_frame import quiet

USUAL, SMALLEST, LEFT, MARGIN = (980, 700), (640, 400), 290, 10
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class HelpWindow(QWidget):
    """A window of its own, so that it can be read beside a sheet; in the language that is spoken when it is made."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say(text("MLX Ferry Help")))
        self.language = spoken().code
        self._guide = read_guide(self.language)
        self.search, self.found = QLineEdit(), quiet(QLabel())
        self.contents, self.text = Contents(self._guide.sections), GuideText(self._guide)
        self._place()
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.contents.chosen.connect(self.text.jump_to)
        self.text.followed.connect(self.contents.show_section)
        keys = QKeySequence.StandardKey
        for key, act in (
            (keys.Find, self._find),
            (keys.FindNext, lambda: self._go(1)),
            (keys.FindPrevious, lambda: self._go(-1)),
            (keys.Close, self.close),
            (Qt.Key.Key_Escape, self._leave),
        ):
            QShortcut(QKeySequence(key), self).activated.connect(act)
        self.contents.setFocus()

    def show_about(self, code: str) -> None:
        """What the guide says about a finding, by its code; from the start for a code that it does not have."""
        section = self._guide.about(code)
        slug = section.slug if section else self._guide.sections[0].slug
        self.search.clear()
        self.text.jump_to(slug)
        self.contents.show_section(slug)
        self.text.setFocus()

    def show_like(self, other: "HelpWindow") -> None:
        """In the place of another, at the paragraph that is read there, whatever its language."""
        self.setGeometry(other.geometry())
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.show()
        slugs = [section.slug for section in other._guide.sections]
        read = other.text.section_in_sight
        if read in slugs:
            slug = self._guide.sections[slugs.index(read)].slug
            self.text.jump_to(slug)
            self.contents.show_section(slug)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Return goes to the next place that was found, with Shift to that before it; Down to the contents."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in RETURNS:
            self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Down:
            self.contents.setFocus()
        else:
            return False
        return True

    def _place(self) -> None:
        self.search.setPlaceholderText(say(text("Search the help")))
        self.search.setAccessibleName(say(text("Search the help")))
        self.search.setClearButtonEnabled(True)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addWidget(self.search)
        column.addWidget(self.found)
        column.addWidget(self.contents, 1)
        self.found.hide()
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(left)
        split.addWidget(self.text)
        split.setStretchFactor(1, 1)
        split.setSizes([LEFT, USUAL[0] - LEFT])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _search(self, words: str) -> None:
        words = words.strip()
        count = self.text.search(words)
        self.contents.show_only(self.text.sections_found() if words else None)
        said = counted("{count} place", "{count} places", count) if count else text("Not found")
        self.found.setText(say(said if words else NOTHING))
        self.found.setVisible(bool(words))
        self._go(0)

    def _go(self, step: int) -> None:
        self.text.go_to_found(step)
        if self.search.text().strip():
            self.contents.show_section(self.text.section_at(self.text.textCursor()))

    def _find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _leave(self) -> None:
        """The search first, then the window."""
        if self.search.text():
            self.search.clear()
        else:
            self.close()
