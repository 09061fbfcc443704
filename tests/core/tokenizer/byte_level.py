"""A small byte-level BPE tokenizer, as parsed JSON to change."""

from typing import Any

from tokenizers.pre_tokenizers import ByteLevel

QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEXTS = [*sorted(ByteLevel.alphabet()), "he", "ll", "hell", "hello", "Ġhello"]
MERGES = [["h", "e"], ["l", "l"], ["he", "ll"], ["hell", "o"], ["Ġ", "hello"]]
END = len(TEXTS)
ROWS = END + 2
SETTINGS = {"eos_token": "<|im_end|>", "chat_template": "{{ messages[0].content }}"}


def byte_level(expression: str = QWEN) -> dict[str, Any]:
    """tokenizer.json: all bytes, five merges, two special tokens, Qwen's way to cut up a text."""
    split = {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}
    bytes_only = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    texts = {END: "<|endoftext|>", END + 1: "<|im_end|>"}
    return {
        "version": "1.0",
        "added_tokens": [added(i, text) for i, text in texts.items()],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, bytes_only]},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "vocab": {text: i for i, text in enumerate(TEXTS)}, "merges": MERGES},
    }


def added(token_id: int, content: str, special: bool = True) -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": token_id, "content": content, "special": special, **flags}
