"""The colour of links: it can be read on the ground of texts, on light and on dark."""

from PySide6.QtGui import QColor, QPalette

ENOUGH = 4.5  # WCAG 2.2, success criterion 1.4.3, level AA


def link_colour(palette: QPalette) -> QColor:
    """The palette's, where that can be read; else that of texts, from which an underline tells it."""
    role = QPalette.ColorRole
    link, ground = palette.color(role.Link), palette.color(role.Base)
    bright, dim = sorted((_luminance(link), _luminance(ground)), reverse=True)
    return link if (bright + 0.05) / (dim + 0.05) >= ENOUGH else palette.color(role.Text)


def _luminance(colour: QColor) -> float:
    def linear(share: float) -> float:
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
