"""The sample tokenizer as parsed JSON, to change, and a function that reads a vocabulary from a folder by hand."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.tokenizer import read_vocabulary
from tests.tiny_checkpoints import RESAVED_TOKENIZER

SETTINGS = {"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>"}


@pytest.fixture
def sample():
    """tokenizer.json of the sample; each test has its own."""
    return json.loads((RESAVED_TOKENIZER / "tokenizer.json").read_text(encoding="utf-8"))


@pytest.fixture
def read(tmp_path):
    """(tokenizer.json, rows, tokenizer_config.json, config.json) → Vocabulary. The folder is `tmp_path`.

    Each file as a value or as bytes.
    """

    def read_folder(tokenizer, rows, settings=SETTINGS, config=None):
        files = {
            "tokenizer.json": tokenizer,
            "tokenizer_config.json": settings,
            "config.json": config or {"model_type": "tiny"},
        }
        for name, value in files.items():
            (tmp_path / name).write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        return read_vocabulary(open_checkpoint(tmp_path), rows)

    return read_folder
