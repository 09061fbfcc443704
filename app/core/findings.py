"""A finding: something noticed about a folder that a person should know, with what it means and what to do."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.remedies import Remedy
from app.core.text import Text, counted, in_one_line, text

LISTED, NAMED = 10, 3  # of one kind: so many one by one, so many more by name
MORE = "-and-more"  # the code of what stands for the others ends so


class Severity(StrEnum):
    """How much a finding weighs."""

    INFO = "info"  # good to know
    WARNING = "warning"  # the file will work, but look at this
    BLOCKER = "blocker"  # nothing is written before this is settled

    @property
    def rank(self) -> int:
        """0 is the gravest."""
        return list(reversed(Severity)).index(self)

    @property
    def in_words(self) -> Text:
        """As it is shown; the value is for programs."""
        return SEVERITIES[self]


SEVERITIES: Mapping[Severity, Text] = {
    Severity.INFO: text("info"),
    Severity.WARNING: text("warning"),
    Severity.BLOCKER: text("blocker"),
}


@dataclass(frozen=True)
class Finding:
    """One thing noticed. `subject` is the file or tensor it is about, "" for the whole folder.

    Names out of the folder may stand in the texts, which are made fit to be shown; `subject` is the name as it is.
    Where `advice` is to choose something, `remedies` say what, each a way of its own.
    """

    code: str  # stable, for programs: "missing-config"
    severity: Severity
    what: str  # what was found
    meaning: str = ""  # what follows from it
    advice: str = ""  # what to do
    subject: str = ""
    remedies: tuple[Remedy, ...] = ()

    def __post_init__(self) -> None:
        for part in ("what", "meaning", "advice"):
            object.__setattr__(self, part, in_one_line(getattr(self, part)))


def info(
    code: str, what: str, meaning: str = "", advice: str = "", subject: str = "", remedies: tuple[Remedy, ...] = ()
) -> Finding:
    """A finding that is only good to know."""
    return Finding(code, Severity.INFO, what, meaning, advice, subject, remedies)


def warning(
    code: str, what: str, meaning: str = "", advice: str = "", subject: str = "", remedies: tuple[Remedy, ...] = ()
) -> Finding:
    """A finding that deserves a look, though the conversion can go on."""
    return Finding(code, Severity.WARNING, what, meaning, advice, subject, remedies)


def blocker(
    code: str, what: str, meaning: str = "", advice: str = "", subject: str = "", remedies: tuple[Remedy, ...] = ()
) -> Finding:
    """A finding that stops the conversion."""
    return Finding(code, Severity.BLOCKER, what, meaning, advice, subject, remedies)


class Findings:
    """Collects findings: of one kind the first few one by one, the others as one that says how many they are."""

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self._counts = Counter[tuple[str, Severity]]()
        self._next: dict[tuple[str, Severity], list[Finding]] = {}

    def append(self, finding: Finding) -> None:
        """Keep it, or count it."""
        kind = finding.code, finding.severity
        self._counts[kind] += 1
        if self._counts[kind] <= LISTED:
            self._listed.append(finding)
        elif self._counts[kind] <= LISTED + NAMED:
            self._next.setdefault(kind, []).append(finding)

    def all(self) -> tuple[Finding, ...]:
        """In the order in which they came, what was only counted at the end."""
        return (*self._listed, *(_more(found, self._counts[kind] - LISTED) for kind, found in self._next.items()))


def few(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """These findings; where a kind has too many to be listed, as `Findings` keeps them."""
    kept = Findings()
    for finding in findings:
        kept.append(finding)
    return kept.all()


def _more(found: list[Finding], count: int) -> Finding:
    first, names = found[0], [finding.subject for finding in found if finding.subject]
    return replace(first, code=f"{first.code}{MORE}", what=_again(count, names), subject="", remedies=())


def _again(count: int, names: list[str]) -> Text:
    if not names:
        return counted("The same was found once more.", "The same was found {count:,} more times.", count)
    return counted(
        "The same was found once more, for {names}.",
        "The same was found {count:,} more times, for {names}.",
        count,
        names=", ".join(names if count == len(names) else [*names, "…"]),
    )
