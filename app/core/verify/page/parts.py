"""What the page is made of; resources/verification/page.html knows how each kind looks."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.text import NOTHING, Text
from app.core.verify.page.chart import Chart

LONGEST_CELL = 160  # characters of a text in a table


GOOD, BAD, WARNING, OPEN = "good", "bad", "warning", "muted"  # tones


@dataclass(frozen=True)
class Paragraph:
    """A sentence or more."""

    kind: ClassVar[str] = "paragraph"
    said: str


@dataclass(frozen=True)
class Note:
    """What it is, such as a severity, with its tone; the first of its sentences is what was found."""

    mark: Text
    tone: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Notes:
    """A list of them."""

    kind: ClassVar[str] = "notes"
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Column:
    """A title, and what stands below it: "number", "name" of a tensor or a file, "result", or any text."""

    title: Text
    form: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of texts. `tones` of the rows are seen in columns of results. `summary`: of a table that is folded."""

    kind: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    tones: tuple[str, ...] = ()
    summary: Text = NOTHING


@dataclass(frozen=True)
class Facts:
    """Rows of a title and what it is."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Side:
    """One of two texts: what both have, what is marked for it is the first to differ, and what follows it."""

    title: Text
    same: str
    marked: str = ""
    rest: str = ""


@dataclass(frozen=True)
class Pair:
    """Two texts side by side, below what was `asked` and above what their difference means."""

    kind: ClassVar[str] = "pair"
    title: Text
    left: Side
    right: Side
    asked: str = ""
    said: Text = NOTHING
    is_folded: bool = False


@dataclass(frozen=True)
class Drawing:
    """The chart, with a sentence for those who cannot see it, and what a point, a diamond and both lines are."""

    kind: ClassVar[str] = "drawing"
    chart: Chart
    title: Text
    said: Text
    legend: tuple[Text, Text, Text, Text]


Part = Paragraph | Notes | Table | Facts | Pair | Drawing


@dataclass(frozen=True)
class Section:
    """A part of the page with a title."""

    title: Text
    parts: tuple[Part, ...]


def visible(said: str) -> str:
    """What is marked, when it is the end of a line, has a sign."""
    return said.replace("\n", "↵\n")


def shortened(said: str, longest: int = LONGEST_CELL) -> str:
    """Its beginning, where it is longer."""
    return said if len(said) <= longest else said[: longest - 1] + "…"
