"""The rows of a SentencePiece vocabulary: ours, and those that llama.cpp's converter makes of the sample."""

import json

from gguf import TokenType
from sentencepiece import SentencePieceProcessor

from tests.tiny_checkpoints import SAMPLE_TOKENIZER


def entries(vocabulary):
    return list(zip(vocabulary.tokens, vocabulary.scores, vocabulary.types, strict=True))


def from_sentencepiece():
    """What tokenizer.model says, and added_tokens_decoder over it: llama.cpp, _create_vocab_sentencepiece."""
    model = SentencePieceProcessor(model_file=str(SAMPLE_TOKENIZER / "tokenizer.model"))
    questions = {
        TokenType.UNKNOWN: model.IsUnknown,
        TokenType.CONTROL: model.IsControl,
        TokenType.UNUSED: model.IsUnused,
        TokenType.BYTE: model.IsByte,
    }
    rows = []
    for i in range(model.vocab_size()):
        kind = next((kind for kind, is_kind in questions.items() if is_kind(i)), TokenType.NORMAL)
        rows.append((model.IdToPiece(i), model.GetScore(i), kind))
    settings = json.loads((SAMPLE_TOKENIZER / "tokenizer_config.json").read_text(encoding="utf-8"))
    for i, token in settings["added_tokens_decoder"].items():
        if token["special"] or token["content"] == "<mask>":  # <mask> is known to be marked wrongly
            rows[int(i)] = (token["content"], -1000.0, TokenType.CONTROL)
        else:
            rows[int(i)] = (token["content"].replace("▁", " "), -1000.0, TokenType.USER_DEFINED)
    return rows
