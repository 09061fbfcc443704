"""All added tokens of a folder: tokenizer.json's own, and those that only an older file beside it names."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from app.core.checkpoint import TokenizerFiles
from app.core.tokenizer.tokenizer_json import AddedToken, TokenizerJson

KINDS = ("bos", "eos", "unk", "sep", "pad", "mask")


def with_all_added_tokens(tokenizer: TokenizerJson, files: TokenizerFiles) -> TokenizerJson:
    """The tokenizer with the tokens that transformers would add to it when it loads the folder."""
    vocab, tokens = tokenizer.model.ids, list(tokenizer.added_tokens)
    texts, ids = {token.content for token in tokens}, {token.id for token in tokens}
    for token in _further(files, vocab):
        fits = vocab[token.content] == token.id if token.content in vocab else token.id not in tokenizer.model.texts
        if fits and token.content not in texts and token.id not in ids:
            tokens.append(token)
            texts.add(token.content)
            ids.add(token.id)
    return msgspec.structs.replace(tokenizer, added_tokens=tokens)


def _further(files: TokenizerFiles, vocab: Mapping[str, int]) -> Iterator[AddedToken]:
    """Tokens of tokenizer_config.json, of added_tokens.json, and pieces with a role, which makes them special."""
    config = files.tokenizer_config
    decoder = config.get("added_tokens_decoder")
    for key, entry in decoder.items() if isinstance(decoder, dict) else ():
        content = entry.get("content") if isinstance(entry, dict) else None
        if isinstance(content, str) and key.isdecimal() and len(key) < len(str(1 << 32)):
            marks = {mark: entry.get(mark) is True for mark in ("special", "lstrip", "rstrip")}
            yield AddedToken(int(key), content, **marks)
    named = {text_of(config.get(f"{kind}_token")) for kind in KINDS}
    for text, token_id in files.added_tokens.items():
        if type(token_id) is int and token_id >= 0:
            yield AddedToken(token_id, text, text in named)
    for text in sorted(named):
        if text in vocab:
            yield AddedToken(vocab[text], text, special=True)


def text_of(entry: Any) -> str:
    """A token's text: a string, or an object with `content`."""
    content = entry.get("content") if isinstance(entry, dict) else entry
    return content if isinstance(content, str) else ""
