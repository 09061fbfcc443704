"""Files of a tokenizer that would be many times as large in memory, or be looked through for hours."""

import shutil
import time
import tracemalloc
from unittest.mock import Mock

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.tokenizer_files import find_tokenizer
from app.core.tokenizer import end_of_generation, sentencepiece_scores
from app.core.tokenizer.end_of_generation import stop_on_all
from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.sentencepiece_model import LIMIT_BYTES
from app.core.tokenizer.tokenizer_json import MOST_PAIRS, MOST_VALUES, TokenizerError
from app.core.tokenizer.word_list import MOST_LINES, WordList
from tests.core.tokenizer.byte_level import SETTINGS, byte_level
from tests.expect_finding import STOP, expect_finding
from tests.tiny_checkpoints import RESAVED_TOKENIZER, SAMPLE_TOKENIZER, row_count
from tests.vocabulary_by_type import vocabulary_by_type

ROWS = row_count(SAMPLE_TOKENIZER)
LISTS = b'{"model":{"type":"BPE","vocab":{}},"normalizer":[' + b"[]," * MOST_VALUES + b"[]]}"
NAMES = b'{"model":{"type":"BPE","vocab":{' + b'"":0,' * MOST_PAIRS + b'"":0}}}'


def refused(folder, name, data):
    """The finding, and that little was taken to find it."""
    (folder / "config.json").write_text('{"model_type": "tiny"}')
    (folder / name).write_bytes(data)
    checkpoint = open_checkpoint(folder)
    tracemalloc.start()
    vocabulary = vocabulary_by_type(checkpoint, ROWS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * len(data) + (8 << 20)
    return expect_finding(vocabulary.findings, "bad-tokenizer", STOP, name).what


@pytest.mark.parametrize("data", [LISTS, NAMES], ids=["lists", "names"])
def test_tokenizer_json(tmp_path, data):
    assert "more than any vocabulary does" in refused(tmp_path, "tokenizer.json", data)


def test_vocab_json(tmp_path):
    (tmp_path / "merges.txt").write_text("a b\n")
    assert "vocab.json holds more" in refused(tmp_path, "vocab.json", NAMES[32:-2])


def test_merges_txt(tmp_path):
    (tmp_path / "merges.txt").write_bytes(b"\n" * (MOST_PAIRS + 1))
    assert "merges.txt holds more" in refused(tmp_path, "vocab.json", b"{}")


def test_tokenizer_model(tmp_path):
    assert "larger than 16 MB" in refused(tmp_path, "tokenizer.model", b"\n\x00" * (LIMIT_BYTES // 2 + 1))


def test_tokenizer_jsonl(tmp_path):
    (tmp_path / "tokenizer.jsonl").write_bytes(b"\n" * (MOST_LINES + 1))
    with pytest.raises(TokenizerError, match="more than 1,000,000 lines"):
        WordList(tmp_path / "tokenizer.jsonl")


def test_settings_beside_it(tmp_path):
    """Two megabytes of brackets would be forty in memory."""
    shutil.copy(RESAVED_TOKENIZER / "tokenizer.json", tmp_path)
    (tmp_path / "tokenizer_config.json").write_bytes(b'{"a":[' + b"[]," * 2_000_000 + b"[]]}")
    tracemalloc.start()
    _, findings = find_tokenizer(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more than 2,000,000 values" in next(one.what for one in findings if one.code == "bad-json")
    assert peak < 20 << 20


def test_pieces_of_very_many_characters(read, sample, monkeypatch):
    """Every place to cut one is looked at."""
    monkeypatch.setattr(sentencepiece_scores, "MOST_CHARACTERS", 100)
    finding = expect_finding(read(sample, ROWS).findings, "bad-tokenizer", STOP, "tokenizer.json")
    assert "more than 100 characters" in finding.what


def test_very_many_ends_of_a_text(monkeypatch):
    """What llama.cpp stops on is found out anew only where a key was added."""
    asked = Mock(wraps=end_of_generation.all_ends)
    monkeypatch.setattr(end_of_generation, "all_ends", asked)
    stops = stop_on_all(range(5000), {"eos": 0}, [str(i) for i in range(5000)], Kind.BYTE_LEVEL)
    assert (stops.added, len(stops.missed)) == ({"eot": 1, "eom": 2}, 4997)
    assert asked.call_count < 10


def test_an_end_that_is_no_number(read, tmp_path):
    read(byte_level(), ROWS, {**SETTINGS, "eos_token": None}, {"model_type": "qwen2"})
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [["a"], {}, 2]}')
    assert vocabulary_by_type(open_checkpoint(tmp_path), ROWS).special_ids["eos"] == 2


def test_very_many_tokens_beyond_the_rows_and_long_templates(read, tmp_path):
    """Each token is looked for in each template, as far as that takes a second or two."""
    tokenizer = byte_level()
    count = len(tokenizer["model"]["vocab"])
    tokenizer["model"]["vocab"] |= {f"☃{i}": count + 1000 + i for i in range(100_000)}
    read(tokenizer, count, SETTINGS, {"model_type": "qwen2"})
    (tmp_path / "chat_template.jinja").write_text("{# " + "☃" * 300_000 + " #}")
    started = time.process_time()
    vocabulary_by_type(open_checkpoint(tmp_path), count)
    assert time.process_time() - started < 15  # a minute and more otherwise
