"""Real tokenizers give the keys and arrays that llama.cpp's converter makes of them, in both forms."""

import json
import shutil
from pathlib import Path

import gguf
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.plan.header.metadata import add_vocabulary
from tests.golden.tokenizer_cases import CASES, digest_keys
from tests.vocabulary_by_type import vocabulary_by_type

pytestmark = pytest.mark.slow_real_model

REFERENCES = json.loads(Path(__file__).with_name("tokenizers.json").read_text(encoding="utf-8"))["cases"]
NAMES = [name for name in CASES if name in REFERENCES]


def our_keys(name, source, folder):
    """The keys of a folder with the tokenizer files of `source`, but for tokenizer.model: mlx-lm saves none."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.model"), dirs_exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": CASES[name].model_type}))
    vocabulary = vocabulary_by_type(open_checkpoint(folder), CASES[name].rows)
    assert [finding.what for finding in vocabulary.findings if finding.severity == "blocker"] == []
    writer = gguf.GGUFWriter(None, "llama")
    add_vocabulary(writer, vocabulary)
    keys = digest_keys(writer)
    for key in CASES[name].left_out:
        keys.pop(key, None)
    return keys


@pytest.mark.parametrize("name", NAMES)
def test_as_published(name, real_tokenizer, tmp_path):
    assert our_keys(name, real_tokenizer(name), tmp_path) == REFERENCES[name]["published"]


@pytest.mark.parametrize("name", NAMES)
def test_as_saved_again(name, resaved_tokenizer, tmp_path):
    reference = REFERENCES[name]["resaved"] or REFERENCES[name]["published"]
    assert our_keys(name, resaved_tokenizer(name), tmp_path) == reference
