"""Which tokenizer files there are, and where the chat template stands."""

import json
import os

import gguf
import pytest

from app.core.checkpoint import open_checkpoint
from tests.expect_finding import STOP, WARNING, expect_finding

NAMED = [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]


@pytest.mark.parametrize(
    ("inside", "beside", "template", "source"),
    [
        ("I", "B", "I", "tokenizer_config.json"),
        (None, "B", "B", "chat_template.jinja"),
        (NAMED, "B", "D", "tokenizer_config.json"),
        ("I", None, "I", "tokenizer_config.json"),
        (None, None, None, ""),
    ],
)
def test_chat_template(folder, inside, beside, template, source):
    settings = {"eos_token": "<eos>"} | ({"chat_template": inside} if inside else {})
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    if beside:
        (folder / "chat_template.jinja").write_text(beside)
    tokenizer = open_checkpoint(folder).tokenizer
    assert (tokenizer.chat_template, tokenizer.chat_template_source) == (template, source)

    theirs = gguf.SpecialVocab(folder).chat_template
    if isinstance(theirs, list):  # what GGUFWriter.add_chat_template makes of it
        theirs = next(choice["template"] for choice in theirs if choice["name"] == "default")
    assert tokenizer.chat_template == theirs


@pytest.mark.parametrize("inside", [5, {"default": "D"}, [], ["D"], [{"name": "other", "template": "T"}]])
def test_strange_chat_template_is_passed_over(folder, inside):
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": inside}))
    (folder / "chat_template.jinja").write_text("B")
    assert open_checkpoint(folder).tokenizer.chat_template == "B"


@pytest.mark.parametrize("data", [b"\xff", b" " * ((1 << 20) + 1)])
def test_broken_chat_template(folder, data):
    (folder / "chat_template.jinja").write_bytes(data)
    expect_finding(open_checkpoint(folder).findings, "bad-chat-template", WARNING, "chat_template.jinja")


@pytest.mark.usefixtures("alarm")
def test_pipe_as_chat_template(folder):
    os.mkfifo(folder / "chat_template.jinja")
    expect_finding(open_checkpoint(folder).findings, "bad-chat-template", WARNING, "chat_template.jinja")


@pytest.mark.parametrize("has_model", [False, True])
def test_no_tokenizer(folder, has_model):
    (folder / "tokenizer.json").unlink()
    if has_model:
        (folder / "tokenizer.model").write_bytes(b"")
    checkpoint = open_checkpoint(folder)
    finding = expect_finding(checkpoint.findings, "no-tokenizer", STOP, "tokenizer.json")
    assert ("tokenizer.model" in finding.what) is has_model
    assert checkpoint.tokenizer.tokenizer_json is None
