"""The guide's text: it jumps to its sections, marks what is searched for, and opens web pages in the browser."""

from PySide6.QtCore import QEvent, QPoint, QRegularExpression, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from app.core.guide import Guide
from app.core.text import text
from app.ui.help.guide_format import blocks_of, show_well
from app.ui.help.pictures import Pictures
from app.ui.say import say

MARGIN, WIDEST = 28, 720  # pixels beside the text, and of its longest line
MARK = 70  # of 255: how strongly a place that was found is coloured
WEB = ("http", "https")


class GuideText(QTextBrowser):
    """Shows one guide. Emits `followed(slug)` when a link inside of it was followed."""

    followed = Signal(str)

    def __init__(self, guide: Guide, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guide, self._found = guide, list[QTextCursor]()
        self._pictures = Pictures(guide.folder)
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setAccessibleName(say(text("MLX Ferry Help")))
        self.anchorClicked.connect(self._follow)
        self._show()

    def jump_to(self, slug: str) -> None:
        """Bring a section to the top; one that is not there changes nothing."""
        block = self._headings.get(slug)
        if block is None:
            return
        self.setTextCursor(QTextCursor(block))
        top = self.document().documentLayout().blockBoundingRect(block).y()
        self.verticalScrollBar().setValue(max(0, int(top) - MARGIN // 2))

    def section_at(self, cursor: QTextCursor) -> str:
        """The slug of the section in which a place is; "" before the first."""
        before = [slug for slug, block in self._headings.items() if block.position() <= cursor.position()]
        return before[-1] if before else ""

    @property
    def section_in_sight(self) -> str:
        """The slug of the section at the top; "" before the first."""
        return self.section_at(self.cursorForPosition(QPoint(MARGIN, MARGIN)))

    def search(self, words: str) -> int:
        """Mark each place that has these words, whatever the case, and return how many there are."""
        self._found = list(self._places(words)) if words else []
        self._mark()
        return len(self._found)

    def sections_found(self) -> set[str]:
        """The slugs of the sections with such places."""
        return {self.section_at(one) for one in self._found}

    def go_to_found(self, step: int) -> None:
        """The next place after the cursor (1), that before it (-1), the one at it or after it (0); then all around."""
        if not self._found:
            return
        here = self.textCursor().selectionStart()
        if step < 0:
            before = [one for one in self._found if one.selectionStart() < here]
            chosen = before[-1] if before else self._found[-1]
        else:
            after = [one for one in self._found if one.selectionStart() >= here + step]
            chosen = after[0] if after else self._found[0]
        self.setTextCursor(chosen)
        self.ensureCursorVisible()

    def changeEvent(self, event: QEvent) -> None:
        """Colours of the palette are those of the moment at which the text was made."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._centre()

    def _show(self) -> None:
        here, scrolled = self.textCursor().position(), self.verticalScrollBar().value()
        words = self._found[0].selectedText() if self._found else ""
        self._shown: object = None  # the pictures of the text, for which screen
        self.setMarkdown(self._guide.markdown)
        show_well(self.document(), self.palette())
        self._headings: dict[str, QTextBlock] = dict(
            zip(
                (section.slug for section in self._guide.sections),
                (block for block in blocks_of(self.document()) if block.blockFormat().headingLevel()),
                strict=True,
            )
        )
        self._centre()
        self.search(words)
        cursor = self.textCursor()
        cursor.setPosition(here)
        self.setTextCursor(cursor)
        self.verticalScrollBar().setValue(scrolled)

    def _centre(self) -> None:
        """A longer line is hard to read."""
        frame = self.document().rootFrame()
        form = frame.frameFormat()
        side = max(MARGIN, (self.viewport().width() - WIDEST) // 2)
        if form.leftMargin() != side:
            form.setLeftMargin(side)
            form.setRightMargin(side)
            form.setTopMargin(MARGIN)
            form.setBottomMargin(MARGIN)
            frame.setFrameFormat(form)
        self._fit_pictures(min(WIDEST, self.viewport().width() - 2 * side))

    def _fit_pictures(self, room: int) -> None:
        shown = room, self.palette().cacheKey(), self.devicePixelRatioF()
        if room > 0 and shown != self._shown:
            self._shown = shown
            self._pictures.fit(self.document(), room, self.palette(), self.devicePixelRatioF())

    def _places(self, words: str) -> list[QTextCursor]:
        pattern = QRegularExpression(
            QRegularExpression.escape(words), QRegularExpression.PatternOption.CaseInsensitiveOption
        )
        found, cursor = [], QTextCursor(self.document())
        while not (cursor := self.document().find(pattern, cursor, QTextDocument.FindFlag(0))).isNull():
            found.append(cursor)
        return found

    def _mark(self) -> None:
        colour = QColor(self.palette().color(QPalette.ColorRole.Highlight))
        colour.setAlpha(MARK)
        form = QTextCharFormat()
        form.setBackground(colour)
        marks = []
        for place in self._found:
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = place, form
            marks.append(mark)
        self.setExtraSelections(marks)

    def _follow(self, url: QUrl) -> None:
        if url.scheme() in WEB:
            QDesktopServices.openUrl(url)
        elif url.hasFragment():
            self.jump_to(url.fragment(QUrl.ComponentFormattingOption.FullyDecoded))
            self.followed.emit(url.fragment(QUrl.ComponentFormattingOption.FullyDecoded))
