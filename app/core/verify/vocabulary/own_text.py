"""A person's own text, in passages of a size at which a difference is easy to find."""

from pathlib import Path

from app.core.errors import PlanError
from app.core.system_reasons import system_reason
from app.core.text import Text, text

LIMIT_BYTES = 256 << 10
PASSAGE = 2000  # letters


def own_passages(path: Path) -> tuple[list[str], tuple[Text, ...]]:
    """Whole lines where they are short enough, and a note where only a part was read. Raises PlanError."""
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise PlanError(
            text("{file} cannot be read: {reason}.", file=path.name, reason=system_reason(error)),
            text("Choose another text file."),
        ) from None
    said = raw[:LIMIT_BYTES].decode("utf-8", errors="replace")
    passages, passage = [], ""
    for line in said.splitlines(keepends=True):
        if passage and len(passage) + len(line) > PASSAGE:
            passages.append(passage)
            passage = ""
        passage += line
        while len(passage) > PASSAGE:
            passages.append(passage[:PASSAGE])
            passage = passage[PASSAGE:]
    if passage:
        passages.append(passage)
    cut = text("Of {file} only the first {kibibytes} KB were read.", file=path.name, kibibytes=LIMIT_BYTES >> 10)
    return passages, (cut,) if len(raw) > LIMIT_BYTES else ()
