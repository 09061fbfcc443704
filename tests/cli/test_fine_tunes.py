"""What fine-tunes do to tokenizers and templates: each ends in the right file or refusal, with the right finding."""

import json

import gguf
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan
from app.core.plan import PlanOptions
from app.core.tokenizer import template_check
from tests.core.sandbox.hostile_templates import DOUBLING, ENDLESS
from tests.expect_finding import NOTE, STOP, WARNING, expect_finding
from tests.quick_reader import QuickReader
from tests.remembered_children import remembered_children
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count

ROWS = row_count()
NEW = {"<think>": False, "<|tool|>": True}  # is special?
TEMPLATE = "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"


def add_tokens(folder, texts):
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    for i, (text, special) in enumerate(texts.items()):
        tokenizer["added_tokens"].append({"id": ROWS + i, "content": text, "special": special, **flags})
    path.write_text(json.dumps(tokenizer))


def findings_of(folder):
    return prepare_plan(open_checkpoint(folder), PlanOptions()).findings


@pytest.fixture
def converted(run, tmp_path):
    """A function: folder → the keys of the file that the command line makes of it, and its embedding's rows."""

    def convert(folder):
        target = tmp_path / "made.gguf"
        code, _, err = run("convert", folder, "--output", target)
        assert (code, err) == (0, "")
        reader = QuickReader(target)
        rows = next(int(t.shape[1]) for t in reader.tensors if t.name == "token_embd.weight")
        return {key: field.contents() for key, field in reader.fields.items()}, rows

    return convert


def test_two_tokens_were_added_and_the_rows_grew(tmp_path, converted):
    folder = gemma3_folder(tmp_path / "grown", config=gemma3_config(ROWS + len(NEW)))
    add_tokens(folder, NEW)
    keys, rows = converted(folder)
    assert keys["tokenizer.ggml.tokens"][ROWS:] == list(NEW)
    assert keys["tokenizer.ggml.token_type"][ROWS:] == [gguf.TokenType.USER_DEFINED, gguf.TokenType.CONTROL]
    assert len(keys["tokenizer.ggml.tokens"]) == rows == ROWS + 2
    assert not {"tokens-beyond-rows", "rows-without-token"} & {finding.code for finding in findings_of(folder)}


def test_tokens_were_added_and_the_rows_did_not_grow(model, converted):
    add_tokens(model, NEW)
    expect_finding_without_advice(findings_of(model), "tokens-beyond-rows")
    keys, rows = converted(model)
    assert len(keys["tokenizer.ggml.tokens"]) == rows == ROWS
    assert not set(NEW) & set(keys["tokenizer.ggml.tokens"])


def expect_finding_without_advice(findings, code):
    assert [finding.severity for finding in findings if finding.code == code] == [NOTE]


def test_the_template_needs_a_token_without_a_row(model, run):
    add_tokens(model, NEW)
    (model / "chat_template.jinja").write_text(TEMPLATE + "<think>")
    expect_finding(findings_of(model), "used-token-beyond-rows", STOP, "tokenizer.json")
    before = set(model.parent.iterdir())
    code, _, err = run("convert", model)
    assert code != 0
    assert "<think>" in err
    assert set(model.parent.iterdir()) == before


def test_the_template_was_changed(model, converted):
    (model / "chat_template.jinja").write_text(TEMPLATE)
    expect_finding_without_advice(findings_of(model), "unusual-chat-template")
    keys, _ = converted(model)
    assert keys["tokenizer.chat_template"] == TEMPLATE


@pytest.mark.parametrize("template", [ENDLESS, DOUBLING], ids=["for ever", "memory"])
def test_the_template_is_hostile(model, converted, monkeypatch, template):
    monkeypatch.setattr(template_check, "SECONDS", 1.5)
    (model / "chat_template.jinja").write_text(template)
    with remembered_children(with_errors=True):
        expect_finding(findings_of(model), "chat-template-does-not-render", WARNING, "chat_template.jinja")
        keys, _ = converted(model)
    assert keys["tokenizer.chat_template"] == template


def test_the_files_contradict_each_other_about_the_end(model, converted):
    """Tokens 300 and 310 are pieces whose texts llama.cpp does not know as ends."""
    (model / "generation_config.json").write_text(json.dumps({"eos_token_id": [300, 310]}))
    settings = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps({**settings, "eos_token": "<eos>"}))
    expect_finding(findings_of(model), "eos-contradiction", WARNING, "tokenizer_config.json")
    keys, _ = converted(model)
    ends = {keys[f"tokenizer.ggml.{key}_token_id"] for key in ("eos", "eot", "eom")}
    assert ends == {1, 300, 310}
