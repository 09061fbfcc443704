"""A line of the side bar: a name, what is said of it quietly at the right, a sign where there is one."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.history.history_model import Index
from app.ui.say import say
from app.ui.sources.source_model import ROW_ROLE
from app.ui.sources.source_row import SourceRow
from app.ui.widgets.quiet_text import quiet_colour
from app.ui.widgets.tinted import paint_tinted

SIGN, GAP = 0.95, 6  # of the font's height; pixels
HEIGHT, SECTION_HEIGHT = 1.7, 2.2  # of the font's
SMALLER = 0.92


class SourceDelegate(QStyledItemDelegate):
    """Paints in the palette's colours of the moment."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        entry, style = index.data(ROW_ROLE), option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        painter.save()
        if isinstance(entry, SourceRow):
            self._paint_line(painter, option, entry)
        else:
            self._paint_section(painter, option)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = HEIGHT if isinstance(index.data(ROW_ROLE), SourceRow) else SECTION_HEIGHT
        return QSize(0, round(option.fontMetrics.height() * height))

    def _paint_section(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        font = QFont(option.font)
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * SMALLER)
        painter.setFont(font)
        painter.setPen(quiet_colour(option.palette))
        painter.drawText(option.rect.adjusted(0, 0, -GAP, 0), _left(), option.text)

    def _paint_line(self, painter: QPainter, option: QStyleOptionViewItem, row: SourceRow) -> None:
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        strong = option.palette.color(QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text)
        soft = strong if is_selected else quiet_colour(option.palette)
        room = option.rect.adjusted(0, 0, -GAP, 0)
        name = row.sign.sign if row.sign else "file" if row.has_file else ""
        if name:
            size = round(option.fontMetrics.height() * SIGN)
            sign = QRect(room.right() - size + 1, room.center().y() - size // 2 + 1, size, size)
            colour = row.sign.colour(option.palette) if row.sign and not is_selected else soft
            paint_tinted(painter, sign, name, colour)
            room.setRight(sign.left() - GAP)
        detail = self._detail(option, row, room.width())
        if detail:
            painter.setPen(soft)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, detail)
            room.setRight(room.right() - option.fontMetrics.horizontalAdvance(detail) - GAP)
        painter.setPen(soft if row.is_quiet else strong)
        said = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, _left(), said)

    def _detail(self, option: QStyleOptionViewItem, row: SourceRow, room: int) -> str:
        """The most that there is room for beside the whole name; a name is never cut for it."""
        left = room - option.fontMetrics.horizontalAdvance(option.text) - GAP
        said = (say(one) for one in row.details)
        return next((one for one in said if option.fontMetrics.horizontalAdvance(one) <= left), "")


def _left() -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
