"""The ids that a tokenizer gives for texts. The regular expressions of one may be made to run for ever."""

import os
from typing import Any

from app.core.sandbox.failures import UNUSABLE


def encode(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    """`ids` of each of `request["texts"]`, `bare_ids` without the tokens put around a text.

    `data` is tokenizer.json, or by `request["form"]` tekken.json ("ranks") or tokenizer.model ("sentencepiece"), which
    puts no tokens around a text. With `request["list"]` also `tokens`, the texts of all tokens by id, None where there
    is none; not of tekken.json, where they are bytes.
    """
    texts: list[str] = request["texts"]
    try:
        if request.get("form") == "sentencepiece":
            return _by_pieces(texts, data)
        if request.get("form") == "ranks":
            from app.core.sandbox.ranked import ids_by_ranks

            return ids_by_ranks(texts, data)
        return _by_tokenizer(texts, data, bool(request.get("list")))
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception, and this process ends anyway
        return {"failure": UNUSABLE, "details": f"{error!s:.300}"}


def _by_tokenizer(texts: list[str], data: bytes, with_list: bool) -> dict[str, Any]:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(data)
    found: dict[str, Any] = {
        "ids": [tokenizer.encode(text).ids for text in texts],
        "bare_ids": [tokenizer.encode(text, add_special_tokens=False).ids for text in texts],
    }
    if with_list:
        ids = tokenizer.get_vocab(with_added_tokens=True)
        tokens: list[str | None] = [None] * (max(ids.values(), default=-1) + 1)
        for text, token_id in ids.items():
            tokens[token_id] = text
        found["tokens"] = tokens
    return found


def _by_pieces(texts: list[str], data: bytes) -> dict[str, Any]:
    from sentencepiece import SentencePieceProcessor

    model: Any = SentencePieceProcessor(model_proto=data)
    ids = [model.encode(text) for text in texts]
    return {"ids": ids, "bare_ids": ids, "tokens": [model.IdToPiece(i) for i in range(model.vocab_size())]}
