"""Ends of a text that llama.cpp's converter knows by a number or a setting of the model's own."""

import json
from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from tests.golden.tokenizer_cases import CODE_LLAMA, END_OF_TEXT, HUNYUAN, save_sample
from tests.vocabulary_by_type import vocabulary_by_type

REFERENCES = json.loads(Path(__file__).with_name("tokenizers.json").read_text(encoding="utf-8"))["ends"]


def ends_of(case, folder, **changes):
    save_sample(case, folder)
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    ids = vocabulary_by_type(open_checkpoint(folder), case.rows, "default").special_ids
    return {f"tokenizer.ggml.{role}_token_id": ids[role] for role in ("eos", "eot", "eom") if role in ids}


def test_code_llama_ends_an_infill(tmp_path):
    theirs = {key: value for key, (_, value) in REFERENCES["llama"].items()}
    assert theirs["tokenizer.ggml.eot_token_id"] == 32010
    assert ends_of(CODE_LLAMA, tmp_path) == theirs


@pytest.mark.parametrize("size", [32000, 32017, "32016", True, None])
def test_llama_2_does_not(tmp_path, size):
    assert "tokenizer.ggml.eot_token_id" not in ends_of(CODE_LLAMA, tmp_path, vocab_size=size)


def test_hunyuan_ends_a_text_with_its_eod(tmp_path):
    """The converter puts it in the place of eos; here eos stays what the tokenizer says."""
    theirs = {value for _, value in REFERENCES["hunyuan_v1_dense"].values()}
    assert END_OF_TEXT in theirs
    assert theirs <= set(ends_of(HUNYUAN, tmp_path).values())


@pytest.mark.parametrize("eod", [None, "3", -1, 1 << 40, True, 1.0])
def test_an_eod_that_is_no_token_ends_nothing(tmp_path, eod):
    assert set(ends_of(HUNYUAN, tmp_path, eod_token_id=eod).values()) == {1}
