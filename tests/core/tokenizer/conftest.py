"""The sample tokenizer as parsed JSON, to change, and a function that reads a vocabulary from a folder by hand."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from tests.core.tokenizer.sample_settings import SETTINGS
from tests.tiny_checkpoints import RESAVED_TOKENIZER
from tests.vocabulary_by_type import vocabulary_by_type


@pytest.fixture
def sample():
    """tokenizer.json of the sample; each test has its own."""
    return json.loads((RESAVED_TOKENIZER / "tokenizer.json").read_text(encoding="utf-8"))


@pytest.fixture
def read(tmp_path):
    """(tokenizer.json, rows, tokenizer_config.json, config.json), as bytes or values → Vocabulary, from `tmp_path`."""

    def read_folder(tokenizer, rows, settings=SETTINGS, config=None):
        files = {"tokenizer": tokenizer, "tokenizer_config": settings, "config": config or {"model_type": "tiny"}}
        for name, value in files.items():
            raw = value if isinstance(value, bytes) else json.dumps(value).encode()
            (tmp_path / f"{name}.json").write_bytes(raw)
        return vocabulary_by_type(open_checkpoint(tmp_path), rows)

    return read_folder
