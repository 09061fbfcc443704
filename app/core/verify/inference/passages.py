"""What both engines read: the passages that come with the program, or a person's own text."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.checkpoint import Checkpoint
from app.core.errors import VerificationError
from app.core.resources import resource_path
from app.core.system_reasons import system_reason
from app.core.text import Text, text
from app.core.verify.vocabulary.folder_ids import FolderIds, folder_ids
from app.core.verify.vocabulary.folder_tokens import Ids

BUNDLED = (
    (text("English"), "english"),
    (text("Chinese"), "chinese"),
    (text("German"), "german"),
    (text("Spanish"), "spanish"),
    (text("Five scripts"), "many_languages"),
    (text("Python"), "python"),
    (text("Mathematics"), "mathematics"),
    (text("A dialogue"), "dialogue"),
)
READ_BYTES = 64 << 10  # of an own text: far more than all windows hold
MOST_WINDOWS = 4


@dataclass(frozen=True)
class Reading:
    """A passage: every token but the last is read, and every one but the first predicted."""

    name: Text
    ids: Ids

    @property
    def position_count(self) -> int:
        """Distributions that there are."""
        return len(self.ids) - 1


def passages_to_read(checkpoint: Checkpoint, own: Path | None, longest: int) -> tuple[Reading, ...]:
    """Of at most `longest` tokens each; without an `own` text, those that come with the program.

    Raises VerificationError.
    """
    if own is not None:
        (found,) = folder_ids(checkpoint, [_own_text(own)])
        readings = tuple(_windows(own.name, found, longest))
        if not readings:
            raise VerificationError(
                text("{file} is too short: there is no token to predict in it.", file=own.name),
                text("Choose a text of some sentences."),
            )
        return readings
    texts = [resource_path(f"passages/{name}.txt").read_text(encoding="utf-8") for _, name in BUNDLED]
    encoded = folder_ids(checkpoint, texts)
    return tuple(
        Reading(name, (*one.before, *one.bare)[:longest]) for (name, _), one in zip(BUNDLED, encoded, strict=True)
    )


def _own_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(READ_BYTES)
    except OSError as error:
        raise VerificationError(
            text("{file} cannot be read: {reason}.", file=path.name, reason=system_reason(error)),
            text("Choose another text file."),
        ) from None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(raw) == READ_BYTES and error.start > len(raw) - 4:  # a character that the limit has cut
            return raw[: error.start].decode("utf-8")
        raise VerificationError(
            text("{file} is no text in UTF-8: byte {place:,} is wrong.", file=path.name, place=error.start + 1),
            text("Save it as UTF-8, or choose another text file."),
        ) from None


def _windows(name: str, found: FolderIds, longest: int) -> Iterator[Reading]:
    """One after the other from the start of the text; each begins as a text does."""
    size = longest - len(found.before)
    for number in range(MOST_WINDOWS):
        ids = (*found.before, *found.bare[number * size : (number + 1) * size])
        if len(ids) > max(1, len(found.before)):
            yield Reading(text("{file}, part {number}", file=name, number=number + 1), ids)
