"""A tokenizer that puts an end after every text is a warning, where the model is to write after that text."""

import json

import pytest

from tests.core.tokenizer.sample_settings import SETTINGS
from tests.expect_finding import WARNING, expect_finding
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, row_count

ROWS = row_count(SAMPLE_TOKENIZER)
CODE = "end-after-text"


def template(*after):
    """Qwen 3 Embedding's post-processor has one such token, Command R+'s several."""
    single = [{"Sequence": {"id": "A", "type_id": 0}}, *({"SpecialToken": {"id": token}} for token in after)]
    return {"type": "TemplateProcessing", "single": single, "pair": []}


def codes(vocabulary):
    return [finding.code for finding in vocabulary.findings]


def test_by_the_post_processor(read, sample):
    sample["post_processor"] = template("<eos>")
    vocabulary = read(sample, ROWS)
    assert vocabulary.add_tokens["eos"]
    finding = expect_finding(vocabulary.findings, CODE, WARNING, "tokenizer.json")
    assert "'<eos>'" in finding.what


def test_by_the_settings(read, sample):
    sample["post_processor"] = None
    vocabulary = read(sample, ROWS, {**SETTINGS, "add_eos_token": True})
    assert vocabulary.add_tokens["eos"]
    finding = expect_finding(vocabulary.findings, CODE, WARNING, "tokenizer_config.json")
    assert "add_eos_token" in finding.advice


@pytest.mark.parametrize("settings", [{"add_eos_token": True}, {"add_eos_token": False}, {}])
def test_the_advice_works(read, sample, settings):
    """The post-processor overrules the setting, so that both must change."""
    sample["post_processor"] = template("<eos>")
    assert CODE in codes(read(sample, ROWS, {**SETTINGS, **settings}))
    sample["post_processor"] = None
    mended = {**SETTINGS, **settings} | ({"add_eos_token": False} if settings.get("add_eos_token") else {})
    vocabulary = read(sample, ROWS, mended)
    assert not vocabulary.add_tokens["eos"]
    assert CODE not in codes(vocabulary)


def test_several_tokens_after_a_text_are_not_added(read, sample):
    sample["post_processor"] = template("<eos>", "<mask>")
    assert CODE not in codes(read(sample, ROWS))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("1_Pooling/config.json", '{"pooling_mode_lasttoken": true}'),
        ("README.md", "---\npipeline_tag: feature-extraction\n---\n"),
        ("README.md", "---\npipeline_tag: text-classification\n---\n"),
    ],
)
def test_a_model_that_only_reads_looks_at_that_token(read, sample, tmp_path, name, content):
    sample["post_processor"] = template("<eos>")
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / name).write_text(content)
    modules = [{"path": "", "type": "sentence_transformers.models.Transformer"}]
    modules.append({"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"})
    if name == "1_Pooling/config.json":
        (tmp_path / "modules.json").write_text(json.dumps(modules))
    assert CODE not in codes(read(json.dumps(sample).encode(), ROWS))
