"""A token as people read it."""

from app.core.tokenizer.arrays import SPACE
from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.tekken import WRITTEN
from app.core.tokenizer.vocabulary import Vocabulary

BYTES = {letter: byte for byte, letter in enumerate(WRITTEN)}


def token_text(vocabulary: Vocabulary, token_id: int) -> str:
    """The text that a token stands for. Bytes that are no text are written as hexadecimal escapes; a row that has no
    token is written as its number in brackets.
    """
    if not 0 <= token_id < len(vocabulary.tokens):
        return f"[{token_id}]"
    token = vocabulary.tokens[token_id]
    if vocabulary.model == Kind.BYTE_LEVEL and all(letter in BYTES for letter in token):
        return bytes(map(BYTES.__getitem__, token)).decode("utf-8", "backslashreplace")
    return token.replace(SPACE, " ")
