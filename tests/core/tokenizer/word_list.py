"""A small tokenizer.jsonl with everything that PLaMo's may hold, and a tokenizer_config.json to go with it."""

import json
import zlib
from pathlib import Path
from typing import Any

CONTROLS = ["<|plamo:bos|>", "<|plamo:eos|>", "<|plamo:pad|>"]
OPERATOR = "<|plamo:op|>"  # by its form alone a control token
TEXT = (
    "the then them there he she sea shells hello world low lower lowest new newer wide wider dataset translation "
    "input lang output English Japanese 日本 日本語 日本語の 東京 東京都 京都 都 です ます こんにちは 世界 </s> </ "
    "<eos don't 1 12 123 2026 def return == != é 🙂 ▁ | |> <|"
)
WORDS = TEXT.split()
SETTINGS = {
    "bos_token": "<|plamo:bos|>",
    "eos_token": "<|plamo:eos|>",
    "pad_token": "<|plamo:pad|>",
    "unk_token": "<|plamo:unk|>",
    "sep_token": None,
    "add_bos_token": True,
    "add_eos_token": False,
    "chat_template": "{{ bos_token }}{% for m in messages %}<|plamo:op|>{{ m.content }}\n{% endfor %}",
}
ROWS = 896  # more than there are lines


def lines() -> list[list[Any]]:
    """All kinds of token; scores of unigram models, some of them equal; after them things that nobody reads."""
    special: list[list[Any]] = [
        ["<|plamo:unk|>", 0.0, "UNKNOWN"],
        *([text, 0, "CONTROL", None] for text in CONTROLS),
        [OPERATOR, 0],
    ]
    in_bytes = [[f"<0x{value:02X}>", -50.5, "BYTE", None, None, 1, "x"] for value in range(256)]
    texts = dict.fromkeys(
        [*WORDS, *(f" {word}" for word in WORDS), *sorted(set("".join(WORDS))), " ", "  ", "    ", "\n"]
    )
    return [*special, *in_bytes, *([text, _score(text), "NORMAL"] for text in texts), ["user's", -9.5, "USER_DEFINED"]]


def _score(text: str) -> float:
    return -(zlib.crc32(text.encode()) % 120 + 20) / 8 * (1 if len(text) > 1 else 1.5)


def dumped(rows: list[list[Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def save_word_list(folder: Path) -> Path:
    """Into a folder that is there."""
    (folder / "tokenizer.jsonl").write_bytes(dumped(lines()) + b"\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(SETTINGS))
    return folder
