"""The columns of the list of finished files: title, text, what it is sorted by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QDateTime, QLocale

from app.core.human_text import bytes_in_words
from app.core.text import Text, in_one_line, text
from app.ui.history.finished_file import FinishedFile
from app.ui.say import say, spoken

SHORT = QLocale.FormatType.ShortFormat


@dataclass(frozen=True)
class HistoryColumn:
    """One column; `text` is given the file and whether it is there."""

    title: Text
    text: Callable[[FinishedFile, bool], str]
    sort_key: Callable[[FinishedFile], Any]
    is_number: bool = False


def proof_in_words(one: FinishedFile, is_there: bool) -> Text:
    """The verdict, or why there is none."""
    if not is_there:
        return text("Moved or changed")
    return one.verdict.title if one.verdict else text("Not checked")


def source_in_words(one: FinishedFile) -> str:
    """'base + adapter'."""
    return in_one_line(" + ".join((one.source_name, *(used.path.parent.name for used in one.adapters))))


def date_in_words(seconds: float) -> str:
    """The day as people write it in the language of the window."""
    return QLocale(spoken().code).toString(QDateTime.fromSecsSinceEpoch(int(seconds)).date(), SHORT)


def moment_in_words(seconds: float) -> str:
    """Day and time."""
    return QLocale(spoken().code).toString(QDateTime.fromSecsSinceEpoch(int(seconds)), SHORT)


COLUMNS = (
    HistoryColumn(text("File"), lambda one, _: in_one_line(one.path.name), lambda one: one.path.name.casefold()),
    HistoryColumn(
        text("Size"), lambda one, _: say(bytes_in_words(one.byte_count)), lambda one: one.byte_count, is_number=True
    ),
    HistoryColumn(text("Date"), lambda one, _: date_in_words(one.finished_at), lambda one: one.finished_at),
    HistoryColumn(text("Made from"), lambda one, _: source_in_words(one), lambda one: source_in_words(one).casefold()),
    HistoryColumn(
        text("Check"), lambda one, there: say(proof_in_words(one, there)), lambda one: str(one.verdict or "")
    ),
)
NAME, SIZE, DATE, SOURCE, PROOF = range(len(COLUMNS))
