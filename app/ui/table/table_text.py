"""Rows of the table as text with tabs, for spreadsheets."""

from collections.abc import Iterable, Sequence

from app.core.human_text import bytes_in_words
from app.core.text import Text, counted, joined, text
from app.ui.say import say
from app.ui.table.tensor_columns import COLUMNS
from app.ui.table.tensor_row import TensorRow

SOURCE, FILE = text("Source name"), text("GGUF name")


def as_tsv(rows: Iterable[TensorRow]) -> str:
    """Both names, then what stands on the screen, in its language; numbers of bytes and errors are whole."""
    titles = [SOURCE, FILE, *(column.title for column in COLUMNS)]
    lines = [titles, *([*row.key, *(column.copied_of(row) for column in COLUMNS)] for row in rows)]
    return "\n".join("\t".join(" ".join(say(cell).split()) for cell in line) for line in lines) + "\n"


def sums(shown: Sequence[TensorRow], total: int, selected: Sequence[TensorRow], file_size: int) -> str:
    """How much is shown of so many tensors, and selected; of all of them, how large the file is, if that is known."""
    texts = [_sums(shown, total)]
    if selected:
        texts.append(text("selected: {sums}", sums=_sums(selected, len(selected))))
    elif file_size and len(shown) == total:
        texts.append(text("{size} with tokenizer and metadata", size=bytes_in_words(file_size)))
    return joined(" · ", texts)


def _sums(rows: Sequence[TensorRow], total: int) -> Text:
    """'80 tensors, 540 MB → 536 MB'. A source that is written twice counts once."""
    tensors = _count_in_words(len(rows), total)
    if not rows:
        return tensors
    sources = {row.key[0]: row.tensor.source.byte_count for row in rows}
    before = bytes_in_words(sum(sources.values()))
    after = bytes_in_words(sum(row.written.byte_count for row in rows if row.written))
    return text("{tensors}, {before} → {after}", tensors=tensors, before=before, after=after)


def _count_in_words(count: int, total: int) -> Text:
    if count != total:
        return text("{count:,} of {total:,} tensors", count=count, total=total)
    return counted("{count:,} tensor", "{count:,} tensors", count) if count else text("No tensors")
