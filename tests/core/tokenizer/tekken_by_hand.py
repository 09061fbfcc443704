"""A small tekken.json, as parsed JSON to change: all bytes, and the tokens that its text needs, ranked."""

import base64
from typing import Any

# As Mistral Nemo's (mistral_common 1.13, data/tekken_240718.json)
PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
WORDS = [b"he", b"ll", b"lo", b"hell", b"hello", b" hello", "é".encode()]
CUT = b"cut off"  # ranks beyond the size of the vocabulary do not count
SPECIAL_COUNT = 24
ROWS = SPECIAL_COUNT + 256 + len(WORDS)


def tekken() -> dict[str, Any]:
    raw = [*(bytes([byte]) for byte in range(256)), *WORDS, CUT]
    return {
        "config": {
            "pattern": PATTERN,
            "num_vocab_tokens": len(raw),
            "default_vocab_size": ROWS,
            "default_num_special_tokens": SPECIAL_COUNT,
            "version": "v3",
        },
        "vocab": [
            {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
            for rank, token in enumerate(raw)
        ],
    }


def tekken_of(tokenizer: dict[str, Any], special_count: int) -> dict[str, Any]:
    """The tekken.json of which transformers made this tokenizer.json."""
    from tokenizers.pre_tokenizers import ByteLevel

    specials = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    byte_of = {written: byte for byte, written in enumerate(_written(sorted(ByteLevel.alphabet())))}
    by_id = {token_id: token for token, token_id in tokenizer["model"]["vocab"].items()}
    raw = [bytes(byte_of[letter] for letter in by_id[i]) for i in range(special_count, max(by_id) + 1)]
    made = tekken()
    made["config"] |= {"default_vocab_size": max(by_id) + 1, "default_num_special_tokens": special_count}
    made["special_tokens"] = [
        {"rank": i, "token_str": specials[i], "is_control": True} for i in range(special_count) if i in specials
    ]
    made["vocab"] = [
        {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
        for rank, token in enumerate(raw)
    ]
    return made


def _written(alphabet: list[str]) -> list[str]:
    """GPT-2's letter for each byte: what can be printed stands for itself, the others follow from U+0100 on."""
    itself = [letter for letter in alphabet if ord(letter) < 256]
    others = iter(letter for letter in alphabet if ord(letter) >= 256)
    return [chr(byte) if chr(byte) in itself else next(others) for byte in range(256)]
