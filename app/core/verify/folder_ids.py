"""The ids of texts by the folder's own tokenizer, and what it puts before a text."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.json_files import UnreadableJsonError, read_bytes
from app.core.errors import Cancelled
from app.core.progress import IsCancelled, never_cancelled
from app.core.sandbox import SandboxError, run_in_sandbox
from app.core.text import reason_of, text
from app.core.tokenizer.tokenizer_json import LIMIT_BYTES
from app.core.verify.no_comparison import NoComparisonError

SECONDS = 30.0
Ids = tuple[int, ...]


@dataclass(frozen=True)
class FolderIds:
    """`bare`: of the text alone; `before`: what the tokenizer puts before any text. What it puts after is left out."""

    before: Ids
    bare: Ids


def folder_ids(
    checkpoint: Checkpoint, texts: Iterable[str], is_cancelled: IsCancelled = never_cancelled
) -> tuple[FolderIds, ...]:
    """For each text. Raises NoComparisonError, Cancelled."""
    path = checkpoint.tokenizer.tokenizer_json
    if path is None:
        raise NoComparisonError(
            text(
                "No text could be read with {file}: predictions are compared where there is a tokenizer.json.",
                file=checkpoint.tokenizer.main_name,
            )
        )
    try:
        data = read_bytes(path, LIMIT_BYTES)
        return tuple(_encoded(said, data, is_cancelled) for said in texts)
    except FileNotFoundError:
        raise NoComparisonError(text("{file} is missing.", file=path.name)) from None
    except (SandboxError, UnreadableJsonError) as error:
        raise NoComparisonError(
            text("{file} cannot be used: {reason}.", file=path.name, reason=reason_of(error))
        ) from None


def _encoded(said: str, data: bytes, is_cancelled: IsCancelled) -> FolderIds:
    if is_cancelled():
        raise Cancelled
    answer = run_in_sandbox("encode", {"text": said}, data, seconds=SECONDS)
    ids, bare = tuple(answer["ids"]), tuple(answer["bare_ids"])
    places = (place for place in range(len(ids) - len(bare) + 1) if ids[place : place + len(bare)] == bare)
    return FolderIds(ids[: next(places, 0)], bare)
