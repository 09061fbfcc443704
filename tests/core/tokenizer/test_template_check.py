"""A chat template is tried in a process of its own, and carried over whatever comes of it."""

import json
import time

import gguf
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.plan.header.metadata import add_vocabulary
from app.core.tokenizer import template_check
from tests.core.sandbox.hostile_templates import DOUBLING, ENDLESS
from tests.core.tokenizer.sample_settings import SETTINGS
from tests.expect_finding import WARNING, expect_finding
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, row_count
from tests.vocabulary_by_type import vocabulary_by_type

ROWS = row_count(SAMPLE_TOKENIZER)
SOUND = "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"


def with_template(read, sample, template, config=None):
    return read(sample, ROWS, {**SETTINGS, "chat_template": template}, config)


def test_sound_template(read, sample):
    vocabulary = with_template(read, sample, SOUND)
    assert vocabulary.findings == ()
    assert vocabulary.rendered_template == (
        "<bos>[user]Hello, who are you?[assistant]I am an assistant.[user]What is 2 + 2?"
    )


@pytest.mark.parametrize("template", ["{% if %}", "{{ raise_exception('no') }}", ENDLESS, DOUBLING])
def test_template_that_does_not_render(read, sample, monkeypatch, template):
    monkeypatch.setattr(template_check, "SECONDS", 2.0)
    vocabulary = with_template(read, sample, template)
    expect_finding(vocabulary.findings, "chat-template-does-not-render", WARNING, "tokenizer_config.json")
    assert (vocabulary.chat_template, vocabulary.rendered_template) == (template, None)


@pytest.mark.parametrize(("known", "is_found"), [(SOUND + "\n", False), ("another", True)])
def test_changed_template(read, sample, monkeypatch, known, is_found):
    usual = {"tiny": frozenset([template_check.template_digest(known)])}
    monkeypatch.setattr(template_check, "usual_templates", lambda: usual)
    codes = [finding.code for finding in with_template(read, sample, SOUND).findings]
    assert codes == (["unusual-chat-template"] if is_found else [])


def test_named_templates(read, sample, tmp_path):
    named = [{"name": "default", "template": SOUND}, {"name": "tool use", "template": "{% if %}"}]
    read(sample, ROWS)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**SETTINGS, "chat_template": named}))
    vocabulary = vocabulary_by_type(open_checkpoint(tmp_path), ROWS)
    assert [finding.code for finding in vocabulary.findings] == ["chat-template-does-not-render"]
    writer = gguf.GGUFWriter(None, "llama")
    add_vocabulary(writer, vocabulary)
    keys = {key: value.value for key, value in writer.kv_data[0].items() if "chat_template" in key}
    theirs = gguf.GGUFWriter(None, "llama")
    theirs.add_chat_template(named)
    assert keys == {key: value.value for key, value in theirs.kv_data[0].items() if "chat_template" in key}


def test_all_templates_have_one_budget_of_time(read, sample, tmp_path, monkeypatch):
    monkeypatch.setattr(template_check, "SECONDS", 2.0)
    named = [{"name": "default", "template": SOUND}, *({"name": f"n{i}", "template": ENDLESS} for i in range(30))]
    read(sample, ROWS)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**SETTINGS, "chat_template": named}))
    started = time.monotonic()
    vocabulary = vocabulary_by_type(open_checkpoint(tmp_path), ROWS)
    assert time.monotonic() - started < 20  # thirty times two seconds otherwise
    codes = [finding.code for finding in vocabulary.findings]
    assert codes == ["chat-template-does-not-render", "chat-templates-not-tried"]
    expect_finding(vocabulary.findings, "chat-templates-not-tried", WARNING)
    assert vocabulary.rendered_template is not None
    assert len(vocabulary.named_templates) == 30
