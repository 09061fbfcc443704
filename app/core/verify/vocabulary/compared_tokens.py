"""Every token: has the file under each id the text that the folder's tokenizer has there?"""

from collections.abc import Sequence

from app.core.text import Text, counted, text
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.arrays import NORMAL


def compare_tokens(by_folder: Sequence[str | None], by_file: Sequence[str], vocabulary: Vocabulary) -> tuple[Text, ...]:
    """What is wrong. `by_folder`: as the tokenizer's library lists them; `by_file`: as llama.cpp has them loaded."""
    if len(by_file) != vocabulary.row_count:
        return (
            text(
                "The file has {count:,} tokens, the model {rows:,} rows for tokens.",
                count=len(by_file),
                rows=vocabulary.row_count,
            ),
        )
    rows = (*by_folder, *([None] * len(by_file)))[: len(by_file)]
    differing = [
        i
        for i, (mine, theirs) in enumerate(zip(rows, by_file, strict=True))
        if not _is_same(mine, theirs, i, vocabulary)
    ]
    if not differing:
        return ()
    first = differing[0]
    return (
        counted(
            "{count:,} of {total:,} tokens has another text in the file: "
            "{token:,} is {file!r:.60} there and {folder!r:.60} in the folder.",
            "{count:,} of {total:,} tokens have another text in the file. The first is "
            "{token:,}: {file!r:.60} there and {folder!r:.60} in the folder.",
            len(differing),
            total=len(by_file),
            token=first,
            file=by_file[first],
            folder=rows[first] or "",
        ),
    )


def _is_same(mine: str | None, theirs: str, token_id: int, vocabulary: Vocabulary) -> bool:
    if mine == theirs:
        return True
    # rows without a token, bytes, and what other files of the folder name or a user has added
    if (mine is None or vocabulary.types[token_id] != NORMAL) and theirs == vocabulary.tokens[token_id]:
        return True
    read = mine.partition("\0")[0] if mine else ""  # llama.cpp reads a text as far as a null byte
    return mine is not None and theirs == (read or f"[EMPTY_{token_id}]")
