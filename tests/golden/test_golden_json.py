"""Every reference is written in one form, in which nothing is lost."""

import json

from tests.golden.golden_json import as_lines, golden_files


def test_every_reference_is_as_its_writer_writes_it():
    files = {path.name: path.read_text(encoding="utf-8") for path in golden_files()}
    assert len(files) > 100
    assert [name for name, text in files.items() if as_lines(json.loads(text)) + "\n" != text] == []


def test_a_line_for_each_key_and_each_tensor():
    reference = {
        "tensors": {"blk.0.attn_q.weight": ["BF16", [128, 128], "5a1e"], "a.weight": ["F32", [], "–"]},
        "layers": [{"b": 1, "a": [2]}, {}],
        "config": {},
    }
    lines = as_lines(reference)
    assert lines.split("\n") == [
        "{",
        ' "config": {},',
        ' "layers": [',
        '  {"a": [2], "b": 1},',
        "  {}",
        " ],",
        ' "tensors": {',
        '  "a.weight": ["F32", [], "–"],',
        '  "blk.0.attn_q.weight": ["BF16", [128, 128], "5a1e"]',
        " }",
        "}",
    ]
    assert json.loads(lines) == reference
