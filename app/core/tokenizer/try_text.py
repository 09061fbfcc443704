"""What a text is cut into, by the tokenizer of the folder."""

from dataclasses import dataclass

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.json_files import UnreadableJsonError, read_bytes
from app.core.errors import CheckpointError
from app.core.sandbox import SandboxError, run_in_sandbox
from app.core.text import reason_of, text
from app.core.tokenizer.tokenizer_json import LIMIT_BYTES
from app.core.tokenizer.vocabulary import Vocabulary

SECONDS = 15.0
LONGEST = 2000  # characters; it is for trying


@dataclass(frozen=True)
class TriedText:
    """Ids and the pieces that they stand for, in order."""

    text: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]


def try_text(checkpoint: Checkpoint, vocabulary: Vocabulary, said: str) -> TriedText:
    """Tokenize `said` with the folder's tokenizer.json, in a process of its own. Raises CheckpointError."""
    path = checkpoint.tokenizer.tokenizer_json
    if checkpoint.tokenizer.is_word_list:
        raise CheckpointError(
            text(
                "Texts cannot be tried with {file}: the tokenizer library used here does not read it.",
                file=checkpoint.tokenizer.main_name,
            ),
            text("The conversion is not affected; llama-tokenize shows the tokens of a text."),
        )
    if path is None:
        raise CheckpointError(
            text("There is no tokenizer.json to try a text with."), text("The conversion is not affected.")
        )
    try:
        data = read_bytes(path, LIMIT_BYTES)
        answer = run_in_sandbox("encode", {"texts": [said[:LONGEST]]}, data, seconds=SECONDS)
    except FileNotFoundError:
        raise _cannot(text("it is missing")) from None
    except (SandboxError, UnreadableJsonError) as error:
        raise _cannot(reason_of(error)) from None
    ids = tuple(i for i in answer["ids"][0] if type(i) is int and i >= 0)
    known = vocabulary.tokens
    return TriedText(said, ids, tuple(known[i] if i < len(known) else f"[{i}]" for i in ids))


def _cannot(reason: str) -> CheckpointError:
    return CheckpointError(
        text("tokenizer.json cannot tokenize this text: {reason}.", reason=reason), text("Try another text.")
    )
