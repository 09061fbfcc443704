"""Texts that a person types, tokenized as the file will do it; of several the last one counts."""

from PySide6.QtCore import QObject, Signal

from app.core.checkpoint import Checkpoint
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.try_text import try_text
from app.ui.foreground import Foreground
from app.ui.job import Job


class Trying(QObject):
    """One text after the other, beside whatever goes on."""

    tried = Signal(object)  # TriedText, or the error

    def __init__(self, jobs: Foreground) -> None:
        super().__init__(jobs)
        self._jobs = jobs
        self.job: Job | None = None
        self._next_text = ""
        self._of: tuple[Checkpoint, Vocabulary] | None = None

    def use(self, checkpoint: Checkpoint | None, vocabulary: Vocabulary | None) -> None:
        """By these; without a vocabulary nothing can be tried."""
        self._of = None if checkpoint is None or vocabulary is None else (checkpoint, vocabulary)

    def try_text(self, text: str) -> None:
        """Begin, or remember it for when the one at hand is done."""
        self._next_text = text
        if self.job is not None or self._of is None:
            return
        checkpoint, vocabulary = self._of
        self.job = self._jobs.beside(lambda *_: try_text(checkpoint, vocabulary, text))
        self.job.succeeded.connect(self.tried)
        self.job.failed.connect(self.tried)
        self.job.ended.connect(lambda: self._ended(text))

    def _ended(self, text: str) -> None:
        self.job = None
        if self._next_text != text:
            self.try_text(self._next_text)
