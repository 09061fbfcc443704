"""A finding: something noticed about a folder that a person should know, with what it means and what to do."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.text import in_one_line


class Severity(StrEnum):
    """How much a finding weighs."""

    NOTE = "note"  # good to know
    WARNING = "warning"  # the file will work, but look at this
    STOP = "stop"  # nothing is written before this is settled


@dataclass(frozen=True)
class Finding:
    """One thing noticed. `subject` is the file or tensor it is about, "" for the whole folder.

    Names out of the folder may stand in the texts, which are made fit to be shown; `subject` is the name as it is.
    """

    code: str  # stable, for programs: "missing-config"
    severity: Severity
    what: str  # what was found
    meaning: str = ""  # what follows from it
    advice: str = ""  # what to do
    subject: str = ""

    def __post_init__(self) -> None:
        for part in ("what", "meaning", "advice"):
            object.__setattr__(self, part, in_one_line(getattr(self, part)))


def note(code: str, what: str, meaning: str = "", advice: str = "", subject: str = "") -> Finding:
    """A finding that is only good to know."""
    return Finding(code, Severity.NOTE, what, meaning, advice, subject)


def warning(code: str, what: str, meaning: str = "", advice: str = "", subject: str = "") -> Finding:
    """A finding that deserves a look, though the conversion can go on."""
    return Finding(code, Severity.WARNING, what, meaning, advice, subject)


def stop(code: str, what: str, meaning: str = "", advice: str = "", subject: str = "") -> Finding:
    """A finding that stops the conversion."""
    return Finding(code, Severity.STOP, what, meaning, advice, subject)
