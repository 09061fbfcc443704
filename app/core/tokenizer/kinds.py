"""Which of llama.cpp's kinds of vocabulary a tokenizer needs, and whether it puts a space before a text."""

from enum import StrEnum
from typing import Any

from app.core.known_vocabulary import KnownVocabulary
from app.core.tokenizer.arrays import SPACE
from app.core.tokenizer.tokenizer_json import TokenizerJson, steps


class Kind(StrEnum):
    """`tokenizer.ggml.model`."""

    BYTE_LEVEL = "gpt2"
    SENTENCEPIECE = "llama"
    GEMMA4 = "gemma4"
    PLAMO = "plamo2"


def kind_of(tokenizer: TokenizerJson, known: KnownVocabulary) -> Kind | None:
    """None for a kind that is not supported."""
    model = tokenizer.model
    if model.type == "BPE" and _is_byte_level(tokenizer):
        return Kind.BYTE_LEVEL
    # a unigram model without byte fallback has no way to write what it has no piece for; llama.cpp needs one
    if model.type in ("BPE", "Unigram") and model.byte_fallback is True and _replaces_spaces(tokenizer):
        return Kind(known.bpe_of_pieces) if model.type == "BPE" else Kind.SENTENCEPIECE
    return None


def _is_byte_level(tokenizer: TokenizerJson) -> bool:
    parts = [*steps(tokenizer.pre_tokenizer, "pretokenizers"), *steps(tokenizer.normalizer, "normalizers")]
    return any(step.get("type") == "ByteLevel" for step in parts)


def _replaces_spaces(tokenizer: TokenizerJson) -> bool:
    replaced = any(
        step.get("type") == "Replace" and step.get("content") == SPACE
        for step in steps(tokenizer.normalizer, "normalizers")
    )
    return replaced or _metaspace(tokenizer) is not None


def _metaspace(tokenizer: TokenizerJson) -> dict[str, Any] | None:
    """The step that transformers 5 writes in place of Llama 2's two normalizers."""
    return next(
        (
            step
            for step in steps(tokenizer.pre_tokenizer, "pretokenizers")
            if step.get("type") == "Metaspace" and step.get("replacement") == SPACE
        ),
        None,
    )


def prepends_space(tokenizer: TokenizerJson) -> bool:
    """Whether a text gets a space before its first word, as in Llama 2 and not in Gemma."""
    if any(step.get("type") == "Prepend" for step in steps(tokenizer.normalizer, "normalizers")):
        return True
    metaspace = _metaspace(tokenizer) or {}
    # before tokenizers 0.15 there was no scheme, but a flag
    before = "always" if metaspace.get("add_prefix_space") else "never"
    return str(metaspace.get("prepend_scheme", before)) != "never"


def spares_leading_space(tokenizer: TokenizerJson) -> bool:
    """Whether a text that starts with a space gets no second one: Metaspace, unlike the normalizer before it."""
    return _metaspace(tokenizer) is not None and prepends_space(tokenizer)


def prepends_only_first(tokenizer: TokenizerJson) -> bool:
    """Whether a text that follows a special token gets no space; llama.cpp puts one there too."""
    return (_metaspace(tokenizer) or {}).get("prepend_scheme") == "first"
