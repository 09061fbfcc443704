"""What stands in the place of a file is named once for all files, and nothing that follows from it is said."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan
from app.core.plan import PlanOptions
from tests.expect_finding import STOP, WARNING, expect_finding

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%064x\nsize 4999999999\n" % 0
PAGE = b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n"
SHARDS = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
ALL = ("config.json", "tokenizer.json", *SHARDS)


def findings_of(folder):
    """All that a person is told before a conversion."""
    return prepare_plan(open_checkpoint(folder), PlanOptions()).findings


@pytest.mark.parametrize(("data", "code"), [(POINTER, "lfs-pointer"), (PAGE, "web-page")])
@pytest.mark.parametrize("names", [ALL, *((name,) for name in ALL), SHARDS, ("tokenizer_config.json",)])
def test_one_finding_for_all_of_a_kind(folder, names, data, code):
    for name in names:
        (folder / name).write_bytes(data)
    findings = findings_of(folder)
    found = expect_finding(findings, code, STOP, names[0])
    assert found.what.startswith(f"{len(names)} files are" if len(names) > 1 else f"{names[0]} is a")
    assert findings == (found,)


def test_a_pointer_says_how_to_get_the_file(folder):
    (folder / SHARDS[0]).write_bytes(POINTER)
    assert "git lfs pull" in expect_finding(findings_of(folder), "lfs-pointer", STOP, SHARDS[0]).advice


def test_a_pointer_is_no_chat_template(folder):
    """It is text, and would be carried over."""
    (folder / "chat_template.jinja").write_bytes(POINTER)
    expect_finding(findings_of(folder), "lfs-pointer", STOP, "chat_template.jinja")


@pytest.mark.parametrize("name", ["generation_config.json", "model.safetensors.index.json", "added_tokens.json"])
def test_a_pointer_that_nothing_depends_on_warns(folder, name):
    (folder / name).write_bytes(POINTER)
    checkpoint = open_checkpoint(folder)
    assert checkpoint.findings == (expect_finding(checkpoint.findings, "lfs-pointer", WARNING, name),)
    assert [tensor.name for tensor in checkpoint.tensors] == ["a.weight", "b.weight"]
    assert checkpoint.is_complete


@pytest.mark.parametrize("name", ["tokenizer.model", "model-old.safetensors", "notes.txt"])
def test_a_pointer_in_a_file_that_is_not_read(folder, name):
    (folder / name).write_bytes(POINTER)
    checkpoint = open_checkpoint(folder)
    assert "lfs-pointer" not in [one.code for one in checkpoint.findings]
    assert checkpoint.is_complete


def test_a_file_that_only_begins_as_a_pointer_is_one_no_more(folder):
    (folder / "chat_template.jinja").write_bytes(POINTER + b"x" * 1024)
    assert open_checkpoint(folder).findings == ()


def test_links_that_lead_out_are_one_finding(folder, tmp_path):
    (tmp_path / "store").mkdir()
    names = (*ALL, "model.safetensors.index.json")
    for name in names:
        (folder / name).rename(tmp_path / "store" / name)
        (folder / name).symlink_to(tmp_path / "store" / name)
    findings = findings_of(folder)
    found = expect_finding(findings, "link-leads-out", STOP, "config.json")
    assert findings == (found,)
    assert "5 files are links" in found.what


def test_links_to_nothing_are_one_finding(folder):
    """As a copy of a hub snapshot without its blobs."""
    for name in ALL:
        (folder / name).unlink()
        (folder / name).symlink_to(f"../../blobs/{name}")
    findings = findings_of(folder)
    assert findings == (expect_finding(findings, "broken-link", STOP, "config.json"),)
