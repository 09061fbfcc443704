"""What is read and what is asked: the bundled passages, a person's own text, prompts."""

from dataclasses import replace

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.errors import VerificationError
from app.core.resources import resource_path
from app.core.verify.inference.passages import BUNDLED, passages_to_read
from app.core.verify.inference.prompts import BEGINNINGS, QUESTIONS, prompts_for
from app.core.verify.results.no_comparison import NoComparisonError

START = 2  # <bos> of the sample


@pytest.fixture
def checkpoint(sample):
    return sample.model.checkpoint


def with_template(checkpoint, template):
    return replace(checkpoint, tokenizer=replace(checkpoint.tokenizer, chat_template=template))


def own(tmp_path, raw):
    path = tmp_path / "own.txt"
    path.write_bytes(raw)
    return path


def test_bundled_passages_are_all_read(checkpoint):
    found = passages_to_read(checkpoint, None, 512)
    assert [one.name for one in found] == [name for name, _ in BUNDLED]
    assert all(one.ids[0] == START and one.position_count > 20 for one in found)
    there = {path.stem for path in resource_path("passages").glob("*.txt")}
    assert there == {file for _, file in BUNDLED}


@pytest.mark.slow_real_model
@pytest.mark.parametrize("name", ["gemma3", "qwen3"])
def test_bundled_passages_have_about_three_hundred_tokens(name, real_tokenizer, tied_folder):
    checkpoint = open_checkpoint(tied_folder)
    files = replace(checkpoint.tokenizer, tokenizer_json=real_tokenizer(name) / "tokenizer.json")
    found = passages_to_read(replace(checkpoint, tokenizer=files), None, 512)
    assert 250 <= sum(one.position_count for one in found) <= 350


def test_an_own_text_is_read_in_windows(checkpoint, tmp_path):
    found = passages_to_read(checkpoint, own(tmp_path, b"GGUF is a file format. " * 100), 50)
    assert [one.name for one in found] == [f"own.txt, part {number}" for number in (1, 2, 3, 4)]
    assert all(len(one.ids) == 50 and one.ids[0] == START for one in found)
    assert len({one.ids for one in found}) > 1


def test_a_short_text_is_one_window(checkpoint, tmp_path):
    (found,) = passages_to_read(checkpoint, own(tmp_path, b"GGUF"), 50)
    assert 0 < found.position_count < 10


def test_a_character_that_the_limit_cuts_is_left_out(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr("app.core.verify.inference.passages.READ_BYTES", 7)
    (found,) = passages_to_read(checkpoint, own(tmp_path, "GGUF 字字".encode()), 50)
    (other,) = passages_to_read(checkpoint, own(tmp_path, b"GGUF "), 50)
    assert found.ids == other.ids


@pytest.mark.parametrize(
    ("raw", "said"), [(b"good \xff bad", "byte 6 is wrong"), (b"", "too short"), (None, "cannot be read")]
)
def test_what_is_no_text_is_said(raw, said, checkpoint, tmp_path):
    path = tmp_path / "missing.txt" if raw is None else own(tmp_path, raw)
    with pytest.raises(VerificationError, match=said) as caught:
        passages_to_read(checkpoint, path, 50)
    assert caught.value.hint


def test_without_a_tokenizer_json_nothing_is_read(checkpoint):
    without = replace(checkpoint, tokenizer=replace(checkpoint.tokenizer, tokenizer_json=None))
    with pytest.raises(NoComparisonError, match="Tokens were not compared"):
        passages_to_read(without, None, 512)


def test_questions_go_through_the_chat_template(checkpoint, sample):
    found = prompts_for(checkpoint, 400)
    assert tuple(one.text for one in found) == QUESTIONS
    pieces = [sample.vocabulary.tokens[i] for i in found[0].ids]
    assert pieces[:2] == ["<bos>", "<start_of_turn>"]  # one <bos>: the template has its own


@pytest.mark.parametrize("template", [None, "{{ raise_exception('no') }}", "{% if %}", "{{ 'x' * 5000 }}"])
def test_without_a_template_of_use_a_text_is_continued(template, checkpoint):
    found = prompts_for(with_template(checkpoint, template), 400)
    assert tuple(one.text for one in found) == BEGINNINGS
    assert all(one.ids[0] == START for one in found)
