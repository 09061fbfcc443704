"""How the check of one finished file stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.text import NOTHING, Text, joined, text
from app.core.verify.results.report import VerificationReport
from app.ui.proof.tones import OF_VERDICT, Tone

WORST_FIRST = (Tone.BAD, Tone.POOR, Tone.PLAIN, Tone.FAIR, Tone.GOOD)


@dataclass(frozen=True)
class FileCheck:
    """A finished file, with its report or the reason why there is none."""

    path: Path
    report: VerificationReport | None = None
    failure: str = NOTHING
    is_running: bool = False

    @property
    def word(self) -> Text:
        """The verdict, or that there is none."""
        if self.is_running:
            return text("Being checked…")
        return text("Not checked") if self.report is None else self.report.verdict.title

    @property
    def reason(self) -> str:
        """Why."""
        return self.failure if self.report is None else self.report.reason

    @property
    def tone(self) -> Tone:
        """The colour of that word."""
        if self.report is not None:
            return OF_VERDICT[self.report.verdict]
        return Tone.POOR if self.failure else Tone.PLAIN


def in_short(checks: Sequence[FileCheck]) -> tuple[Tone, str]:
    """Of all files in a line: the verdict and its reason of one, the verdicts of several, the worst first."""
    if len(checks) == 1:
        (one,) = checks
        return one.tone, text("{title}: {value}", title=one.word, value=one.reason) if one.reason else one.word
    ordered = sorted(checks, key=lambda one: WORST_FIRST.index(one.tone))
    said = joined("  ·  ", (text("{title}: {value}", title=one.word, value=one.path.name) for one in ordered))
    return ordered[0].tone, said
