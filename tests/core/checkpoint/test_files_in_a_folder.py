"""docs/files-in-a-folder.md tells what is true: files that are ignored change no plan, others are named in the code."""

import json
import re
from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan
from app.core.plan import PlanOptions
from tests.core.architectures.string_literals import all_strings_in
from tests.expect_finding import NOTE, WARNING, expect_finding

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| (`.+?) \| (reads|carries over|reads, carries over|says so|ignores) \| (.+) \|$")
ROWS = [ROW.match(line) for line in (ROOT / "docs/files-in-a-folder.md").read_text(encoding="utf-8").splitlines()]
TABLE = {name: row[2] for row in ROWS if row for name in re.findall("`(.+?)`", row[1])}
BYTES = b"\x00\x05\x16\x07\xff not what it seems {{ [ "


def of_kind(*answers):
    return sorted(name for name, answer in TABLE.items() if answer in answers)


def write(folder, name):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(BYTES)


def plan_of(folder):
    return prepare_plan(open_checkpoint(folder), PlanOptions())


@pytest.fixture
def folder(tied_folder, copy_folder):
    """With a chat template of its own, beside which named ones may lie."""
    folder = copy_folder(tied_folder)
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}", encoding="utf-8")
    return folder


def test_every_row_of_the_table_is_understood():
    lines = (ROOT / "docs/files-in-a-folder.md").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.startswith("| `")]) == len([row for row in ROWS if row])
    assert set(TABLE.values()) == {"reads", "carries over", "reads, carries over", "says so", "ignores"}


def test_what_is_read_is_named_in_the_code():
    said = set[str]().union(*(all_strings_in(path) for path in (ROOT / "app/core").rglob("*.py")))
    for name in set(of_kind("reads", "carries over", "reads, carries over", "says so")):
        parts = [part for part in name.split("/") if not part.startswith("*")]
        assert set(parts) <= said, name


def test_what_is_ignored_changes_nothing_at_all(folder):
    before = plan_of(folder)
    for name in of_kind("ignores"):
        assert not (folder / name).exists(), name
        write(folder, name)
    after = plan_of(folder)
    assert after.findings == before.findings
    assert after.metadata == before.metadata
    assert [(one.name, one.shape) for one in after.tensors] == [(one.name, one.shape) for one in before.tensors]


@pytest.mark.parametrize("name", of_kind("says so"))
def test_what_is_not_used_is_said(name, folder):
    before = plan_of(folder)
    write(folder, name)
    after = plan_of(folder)
    finding = expect_finding(set(after.findings) - set(before.findings), "adapter-beside-weights", WARNING, name)
    assert finding.what.startswith(name)
    assert after.metadata == before.metadata


def test_code_that_mlx_lm_would_compute_with_is_said(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_file": "mine.py"}))
    (folder / "mine.py").write_text("raise SystemExit")
    finding = expect_finding(plan_of(folder).findings, "own-code", WARNING, "config.json")
    assert "mine.py" in finding.what


def test_settings_of_sampling_without_a_key_are_one_note(folder):
    neutral = {"repetition_penalty": 1.0, "num_beams": 1, "min_length": 0, "stop_strings": None, "typical_p": 1.0}
    (folder / "generation_config.json").write_text(json.dumps({**neutral, "do_sample": True, "top_k": 20}))
    before = plan_of(folder)
    assert all(finding.code != "sampling-left-out" for finding in before.findings)
    odd = {"repetition_penalty": 1.05, "no_repeat_ngram_size": 3}
    (folder / "generation_config.json").write_text(json.dumps({**neutral, **odd, "top_k": 20}))
    after = plan_of(folder)
    finding = expect_finding(after.findings, "sampling-left-out", NOTE, "generation_config.json")
    assert "no_repeat_ngram_size = 3, repetition_penalty = 1.05" in finding.what
    assert after.metadata == before.metadata
