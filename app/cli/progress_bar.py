"""A progress bar on a terminal; silent elsewhere."""

import os
import sys
import time
from typing import TextIO

from app.cli.columns import cut, padded
from app.core.language import Language, english
from app.core.progress import Progress
from app.core.standard_streams import silence
from app.core.text import in_one_line

SECONDS_BETWEEN = 0.1
BAR_WIDTH = 24
USUAL_COLUMNS = 80


class ProgressBar:
    """Redraws one line on stderr, so that results on stdout stay clean."""

    def __init__(self, enabled: bool = True, stream: TextIO | None = None, language: Language | None = None) -> None:
        self._stream = stream or sys.stderr
        self._enabled = enabled and not self._stream.closed and self._stream.isatty()
        self._drawn_at = 0.0
        self._language = language or english()

    def __call__(self, progress: Progress) -> None:
        """Draw, but not more often than the eye can follow."""
        now = time.monotonic()
        if not self._enabled or (now - self._drawn_at < SECONDS_BETWEEN and progress.done < progress.total):
            return
        self._drawn_at = now
        self._draw(progress_line(progress, self._width(), self._language))

    def close(self) -> None:
        """Take the line away."""
        if self._enabled and self._drawn_at:
            self._draw(" " * self._width() + "\r")

    def _draw(self, text: str) -> None:
        """A terminal that is gone is no reason to stop."""
        try:
            self._stream.write("\r" + text)
            self._stream.flush()
        except OSError:
            self._enabled = False
            silence(self._stream)

    def _width(self) -> int:
        """One column is left free: some terminals begin a new line after the last."""
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except OSError:
            columns = 0
        return (columns or USUAL_COLUMNS) - 1


def progress_line(progress: Progress, width: int, language: Language) -> str:
    """One line of exactly `width` columns."""
    bar = "█" * round(progress.share * BAR_WIDTH)
    parts = (
        f"{language(progress.stage.title)} {bar:░<{BAR_WIDTH}} {progress.share:4.0%}",
        *map(language, progress.in_words),
        in_one_line(progress.item),
    )
    return padded(cut("  ".join(part for part in parts if part), width), width)
