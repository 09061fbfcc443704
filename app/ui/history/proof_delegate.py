"""A cell with a sign before its words, where it has a tone."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.history.history_model import TONE_ROLE, Index
from app.ui.proof.tones import Tone
from app.ui.widgets.tinted import paint_tinted

SIGN, GAP = 0.95, 6  # of the font's height; pixels


class ProofDelegate(QStyledItemDelegate):
    """Rows without a focus frame around the one cell, and signs in the colour of their tone."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        ink, words = option.palette.color(role), option.rect.adjusted(GAP, 0, -GAP, 0)
        tone = index.data(TONE_ROLE)
        if isinstance(tone, Tone):
            size = _sign_size(option)
            sign = QRect(words.left(), words.center().y() - size // 2 + 1, size, size)
            paint_tinted(painter, sign, tone.sign, ink if is_selected else tone.colour(option.palette))
            words.setLeft(sign.right() + GAP)
        painter.setPen(ink)
        said = option.fontMetrics.elidedText(option.text, option.textElideMode, words.width())
        painter.drawText(words, option.displayAlignment, said)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        found = super().sizeHint(option, index)
        sign = _sign_size(option) + GAP if isinstance(index.data(TONE_ROLE), Tone) else 0
        return QSize(found.width() + 2 * GAP + sign, found.height())


def _sign_size(option: QStyleOptionViewItem) -> int:
    return round(option.fontMetrics.height() * SIGN)
