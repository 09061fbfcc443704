"""A folder whose tokenizer cuts texts up as no pre-tokenizer of llama.cpp does."""

import json
from pathlib import Path

from tests.core.tokenizer.byte_level import SETTINGS, byte_level

UNKNOWN = r"\p{L}+|\d{2}|."


def unknown_pre_tokenizer(folder: Path) -> Path:
    """Give `folder` this tokenizer instead of its own."""
    (folder / "tokenizer.json").write_text(json.dumps(byte_level(UNKNOWN)))
    (folder / "tokenizer_config.json").write_text(json.dumps(SETTINGS))
    return folder
