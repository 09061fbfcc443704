"""How the guide looks: room around its paragraphs, calm tables, colours that can be read on the palette's ground."""

from collections.abc import Iterator

from PySide6.QtGui import (
    QBrush,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)

from app.ui.widgets.link_colour import link_colour
from app.ui.widgets.quiet_text import quiet_colour

ABOVE = {1: 4, 2: 34, 3: 24, 4: 20}  # pixels above a heading, by its level
BELOW, LINE = 8, 135  # pixels below a paragraph; per cent of the height of a line
INDENT, PADDING = 14, 7


def show_well(document: QTextDocument, palette: QPalette) -> None:
    """After the document was made from Markdown, whose importer gives it little room and Qt's colours of the start."""
    for block in blocks_of(document):
        cursor = QTextCursor(block)
        in_table = cursor.currentTable() is not None
        cursor.mergeBlockFormat(_code(block, palette) if _is_code(block) else _room(block, in_table))
        _colour(document, block, palette)
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            frame.setFormat(_table(frame.format(), palette))


def blocks_of(document: QTextDocument) -> Iterator[QTextBlock]:
    """Every paragraph, heading and cell, in order."""
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def is_picture(block: QTextBlock) -> bool:
    """Whether a paragraph is a picture."""
    fragments = block.begin()
    return not fragments.atEnd() and fragments.fragment().charFormat().isImageFormat()


def _is_code(block: QTextBlock) -> bool:
    return block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)


def _room(block: QTextBlock, in_table: bool) -> QTextBlockFormat:
    form, level = QTextBlockFormat(), block.blockFormat().headingLevel()
    if not is_picture(block):
        form.setLineHeight(LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    if not in_table:
        form.setTopMargin(ABOVE.get(level, 0))
        form.setBottomMargin(BELOW // 2 if _is_between_items(block) else BELOW)
    return form


def _is_between_items(block: QTextBlock) -> bool:
    return block.textList() is not None and block.next().textList() is block.textList()


def _code(block: QTextBlock, palette: QPalette) -> QTextBlockFormat:
    form = QTextBlockFormat()
    form.setBackground(palette.color(QPalette.ColorRole.AlternateBase))
    form.setLeftMargin(INDENT)
    form.setNonBreakableLines(False)
    is_last = not _is_code(block.next())
    form.setBottomMargin(BELOW if is_last else 0)
    form.setLineHeight(LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return form


def _colour(document: QTextDocument, block: QTextBlock, palette: QPalette) -> None:
    """Links; and the codes of findings, which are for programs and stand back."""
    are_codes = block.previous().blockFormat().headingLevel() > 0 and _is_all_fixed(block)
    fragments = block.begin()
    while not fragments.atEnd():
        fragment = fragments.fragment()
        form = QTextCharFormat()
        if fragment.charFormat().isAnchor():
            form.setForeground(link_colour(palette))
            form.setFontUnderline(True)
        elif are_codes:
            form.setForeground(quiet_colour(palette))
        if form.propertyCount():
            cursor = QTextCursor(document)
            cursor.setPosition(fragment.position())
            cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(form)
        fragments += 1


def _is_all_fixed(block: QTextBlock) -> bool:
    fragments, found = block.begin(), False
    while not fragments.atEnd():
        fragment = fragments.fragment()
        if fragment.text().strip() and not fragment.charFormat().fontFixedPitch():
            return False
        found = True
        fragments += 1
    return found


def _table(form: QTextTableFormat, palette: QPalette) -> QTextTableFormat:
    form.setBorderCollapse(True)
    form.setBorder(1)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderBrush(QBrush(palette.color(QPalette.ColorRole.Midlight)))
    form.setCellPadding(PADDING)
    form.setTopMargin(BELOW)
    form.setBottomMargin(2 * BELOW)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    return form
