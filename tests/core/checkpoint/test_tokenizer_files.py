"""Which tokenizer files there are, and where the chat template stands."""

import json
import os

import gguf
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.chat_templates import MOST_TEMPLATES
from tests.expect_finding import STOP, WARNING, expect_finding

NAMED = [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]


@pytest.mark.parametrize(
    ("inside", "beside", "template", "source"),
    [
        ("I", "B", "B", "chat_template.jinja"),
        (None, "B", "B", "chat_template.jinja"),
        (NAMED, "B", "B", "chat_template.jinja"),
        (NAMED, None, "D", "tokenizer_config.json"),
        ("I", None, "I", "tokenizer_config.json"),
        (None, None, None, ""),
    ],
)
def test_chat_template(folder, inside, beside, template, source):
    settings = {"eos_token": "<eos>"} | ({"chat_template": inside} if inside else {})
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    if beside:
        (folder / "chat_template.jinja").write_text(beside)
    checkpoint = open_checkpoint(folder)
    tokenizer = checkpoint.tokenizer
    assert (tokenizer.chat_template, tokenizer.chat_template_source) == (template, source)
    assert dict(tokenizer.named_templates) == ({"tool_use": "T"} if inside == NAMED else {})
    if inside and beside:
        expect_finding(checkpoint.findings, "two-chat-templates", WARNING, "chat_template.jinja")
        return
    theirs = gguf.SpecialVocab(folder).chat_template
    if isinstance(theirs, list):  # what GGUFWriter.add_chat_template makes of it
        theirs = next(choice["template"] for choice in theirs if choice["name"] == "default")
    assert tokenizer.chat_template == theirs


def test_the_same_template_in_two_places(folder):
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "B"}))
    (folder / "chat_template.jinja").write_text("B\n")
    assert [f.code for f in open_checkpoint(folder).findings if "template" in f.code] == []


@pytest.mark.parametrize("content", ["J", NAMED])
def test_chat_template_json(folder, content):
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": content}))
    tokenizer = open_checkpoint(folder).tokenizer
    expected = "J" if content == "J" else "D"
    assert (tokenizer.chat_template, tokenizer.chat_template_source) == (expected, "chat_template.json")


def test_additional_chat_templates(folder):
    (folder / "chat_template.jinja").write_text("B")
    (folder / "additional_chat_templates").mkdir()
    (folder / "additional_chat_templates" / "tool_use.jinja").write_text("T")
    (folder / "additional_chat_templates" / "broken.jinja").write_bytes(b"\xff")
    checkpoint = open_checkpoint(folder)
    assert dict(checkpoint.tokenizer.named_templates) == {"tool_use": "T"}
    expect_finding(checkpoint.findings, "bad-chat-template", WARNING, "broken.jinja")


def test_additional_chat_templates_elsewhere_are_not_read(folder):
    (folder / "chat_template.jinja").write_text("B")
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret.jinja").write_text("S")
    (folder / "additional_chat_templates").symlink_to(elsewhere)
    assert dict(open_checkpoint(folder).tokenizer.named_templates) == {}


@pytest.mark.parametrize("where", ["beside", "inside"])
def test_only_so_many_templates_are_read(folder, where):
    (folder / "chat_template.jinja").write_text("B")
    names = [f"t{n:03}" for n in range(MOST_TEMPLATES + 1)]
    if where == "beside":
        (folder / "additional_chat_templates").mkdir()
        for name in names:
            (folder / "additional_chat_templates" / f"{name}.jinja").write_text("T")
    else:
        named = [{"name": name, "template": "T"} for name in names]
        (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": named}))
    assert list(open_checkpoint(folder).tokenizer.named_templates) == names[:MOST_TEMPLATES]


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


def test_no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    checkpoint = open_checkpoint(folder)
    expect_finding(checkpoint.findings, "no-tokenizer", STOP, "tokenizer.json")
    assert not checkpoint.tokenizer.has_vocabulary


@pytest.mark.parametrize(
    "name",
    ["spiece.model", "sentencepiece.bpe.model", "vocab.txt", "vocab.json", "merges.txt", "special_tokens_map.json"],
)
def test_a_file_that_is_of_no_use_alone_is_named(folder, name):
    (folder / "tokenizer.json").unlink()
    (folder / name).write_bytes(b"")
    assert name in expect_finding(open_checkpoint(folder).findings, "no-tokenizer", STOP, "tokenizer.json").what


def test_tekken_is_a_vocabulary(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "tekken.json").write_bytes(b"")
    checkpoint = open_checkpoint(folder)
    assert checkpoint.tokenizer.main_name == "tekken.json"
    assert "no-tokenizer" not in [finding.code for finding in checkpoint.findings]


@pytest.mark.parametrize("names", [["tokenizer.model"], ["vocab.json", "merges.txt"]])
def test_older_forms(folder, names):
    (folder / "tokenizer.json").unlink()
    for name in names:
        (folder / name).write_bytes(b"")
    checkpoint = open_checkpoint(folder)
    assert checkpoint.tokenizer.has_vocabulary
    assert "no-tokenizer" not in [finding.code for finding in checkpoint.findings]
