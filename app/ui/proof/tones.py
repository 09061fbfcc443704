"""Colours of verdicts, which stand beside a sign and a word, never alone; at least 4.5 : 1 on a card."""

from enum import Enum

from PySide6.QtGui import QColor, QPalette

from app.core.verify.page.parts import BAD, GOOD, OPEN, WARNING
from app.core.verify.results.report import Verdict

DARK_BELOW = 128  # lightness of the ground


class Tone(Enum):
    """The sign, and the colours on a light and on a dark ground."""

    GOOD = "done", "#19752f", "#5bd07c"
    FAIR = "done", "#0a62b8", "#6cb6ff"
    POOR = "warning", "#8a5200", "#f0b340"
    BAD = "blocker", "#b3261e", "#ff8d85"
    PLAIN = "info", "#555555", "#b4b4b4"

    @property
    def sign(self) -> str:
        """The name of its icon."""
        return self.value[0]

    def colour(self, palette: QPalette) -> QColor:
        """On the ground of a card."""
        is_dark = palette.color(QPalette.ColorRole.Base).lightness() < DARK_BELOW
        return QColor(self.value[2 if is_dark else 1])


OF_VERDICT = {
    Verdict.SAME: Tone.GOOD,
    Verdict.CLOSE: Tone.FAIR,
    Verdict.DEGRADED: Tone.POOR,
    Verdict.BROKEN: Tone.BAD,
}

OF_PART = {GOOD: Tone.GOOD, BAD: Tone.BAD, WARNING: Tone.POOR, OPEN: Tone.PLAIN}
