"""The choices that were made for the open model, to be undone and done again."""

from dataclasses import dataclass

from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions


@dataclass(frozen=True)
class Choices:
    """All that Undo brings back."""

    options: PlanOptions
    also: tuple[OutputType, ...] = ()


class ChoiceHistory:
    """What was chosen before the present, and what was undone."""

    def __init__(self, first: Choices) -> None:
        self.present = first
        self._before: list[Choices] = []
        self._after: list[Choices] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is something before."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone, and nothing chosen since."""
        return bool(self._after)

    def choose(self, choices: Choices) -> Choices:
        """What is chosen now; the same again is no choice."""
        if choices != self.present:
            self._before.append(self.present)
            self._after.clear()
            self.present = choices
        return choices

    def undo(self) -> Choices:
        """Back to what was chosen before, if there is something."""
        if self._before:
            self._after.append(self.present)
            self.present = self._before.pop()
        return self.present

    def redo(self) -> Choices:
        """To what was undone last, if there is something."""
        if self._after:
            self._before.append(self.present)
            self.present = self._after.pop()
        return self.present
