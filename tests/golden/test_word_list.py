"""PLaMo's tokenizer.jsonl gives the keys and arrays that llama.cpp's converter makes of it."""

import json
from pathlib import Path

import gguf

from app.core.checkpoint import open_checkpoint
from app.core.plan.header.metadata import add_vocabulary
from tests.core.tokenizer.word_list import save_word_list
from tests.golden.tokenizer_cases import WORD_LIST, digest_keys
from tests.vocabulary_by_type import vocabulary_by_type

REFERENCE = json.loads(Path(__file__).with_name("tokenizers.json").read_text(encoding="utf-8"))["word_list"]


def test_same_keys(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": WORD_LIST.model_type}))
    vocabulary = vocabulary_by_type(open_checkpoint(save_word_list(tmp_path)), WORD_LIST.rows)
    writer = gguf.GGUFWriter(None, "llama")
    add_vocabulary(writer, vocabulary)
    assert digest_keys(writer) == REFERENCE
