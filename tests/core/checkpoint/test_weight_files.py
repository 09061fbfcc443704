"""Which files belong to the model, and everything that can be wrong with them and their index."""

import json
import os
import shutil

import pytest

from app.core.checkpoint import open_checkpoint, safetensors_header, weight_files
from app.core.checkpoint.shard_index import INDEX
from tests.core.checkpoint.written_by_hand import LENGTH_BYTES, entry, write_safetensors
from tests.expect_finding import STOP, WARNING, expect_finding

FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def write_index(folder, **weight_map):
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))


def names(checkpoint):
    return [tensor.name for tensor in checkpoint.tensors]


def test_folder_by_hand_is_sound(folder):
    checkpoint = open_checkpoint(folder)
    assert checkpoint.findings == ()
    assert names(checkpoint) == ["a.weight", "b.weight"]


def test_missing_shard(folder):
    (folder / SECOND).unlink()
    checkpoint = open_checkpoint(folder)
    finding = expect_finding(checkpoint.findings, "missing-shard", STOP, SECOND)
    assert INDEX in finding.what
    assert names(checkpoint) == ["a.weight"]


@pytest.mark.parametrize("name", ["missing.safetensors", "x" * 300, "model.safetensors "])
def test_index_names_a_missing_file(folder, name):
    (folder / SECOND).unlink()
    write_index(folder, **{"a.weight": FIRST, "b.weight": name})
    expect_finding(open_checkpoint(folder).findings, "missing-shard", STOP, name)


CUTS = {
    -1: "truncated",
    -16: "truncated",
    LENGTH_BYTES + 20: "truncated",
    8: "truncated",
    7: "too short",
    0: "too short",
}


@pytest.mark.parametrize(("end", "word"), CUTS.items(), ids=map(str, CUTS))
def test_cut_shard(folder, end, word):
    """Cut by one byte, after the header, inside it, before it, inside its length, and empty."""
    (folder / SECOND).write_bytes((folder / SECOND).read_bytes()[:end])
    checkpoint = open_checkpoint(folder)
    finding = expect_finding(checkpoint.findings, "bad-shard", STOP, SECOND)
    assert word in finding.what
    assert names(checkpoint) == ["a.weight"]


def test_bytes_after_the_last_tensor(folder):
    with (folder / SECOND).open("ab") as file:
        file.write(b"x")
    finding = expect_finding(open_checkpoint(folder).findings, "bad-shard", STOP, SECOND)
    assert "1 unexpected byte after its last tensor" in finding.what


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "..", ".", "", "a\\b", "a\0b", 5, None, ["x"], {}])
def test_index_leads_out(folder, name):
    write_index(folder, **{"a.weight": FIRST, "b.weight": name})
    checkpoint = open_checkpoint(folder)
    expect_finding(checkpoint.findings, "index-leads-out", STOP, INDEX)
    assert [file.path.parent for file in checkpoint.files] == [folder]


def test_index_leads_out_to_a_sound_file(folder):
    """What lies outside is not read even where it could be."""
    write_safetensors(folder.parent / "x", {"b.weight": entry()}, 16)
    write_index(folder, **{"a.weight": FIRST, "b.weight": "../x"})
    assert names(open_checkpoint(folder)) == ["a.weight"]


@pytest.mark.parametrize("index", ["", "[]", "{}", '{"weight_map": {}}', '{"weight_map": ["a"]}', '{"weight_map": 1}'])
def test_broken_index(folder, index):
    (folder / INDEX).write_text(index)
    checkpoint = open_checkpoint(folder)
    expect_finding(checkpoint.findings, "bad-index", WARNING, INDEX)
    assert names(checkpoint) == ["a.weight", "b.weight"]  # as mlx-lm, which takes all files too


def test_file_that_the_index_does_not_name(folder):
    write_safetensors(folder / "model-old.safetensors", {"old.weight": entry()}, 16)
    checkpoint = open_checkpoint(folder)
    expect_finding(checkpoint.findings, "unnamed-shard", WARNING, "model-old.safetensors")
    assert names(checkpoint) == ["a.weight", "b.weight"]


@pytest.mark.parametrize("with_index", [True, False])
def test_tensor_in_two_files(folder, with_index):
    write_safetensors(folder / SECOND, {"a.weight": entry(), "b.weight": entry(16, 32)}, 32)
    if not with_index:
        (folder / INDEX).unlink()
    finding = expect_finding(open_checkpoint(folder).findings, "duplicate-tensor", STOP, "a.weight")
    assert FIRST in finding.what
    assert SECOND in finding.what


def test_only_files_named_model_belong_to_it_without_an_index(folder):
    (folder / INDEX).unlink()
    write_safetensors(folder / "adapters.safetensors", {"lora.weight": entry()}, 16)
    assert names(open_checkpoint(folder)) == ["a.weight", "b.weight"]


@pytest.mark.parametrize("place", ["models--org--name/blobs/0123abcd", "elsewhere", "blobs/0123abcd"])
def test_link_to_a_file_elsewhere_is_not_followed(folder, place):
    leave_a_link(folder / SECOND, folder.parent / place)
    checkpoint = open_checkpoint(folder)
    finding = expect_finding(checkpoint.findings, "link-leads-out", STOP, SECOND)
    assert "leads out of the model folder" in finding.what
    assert len(checkpoint.findings) == 1
    assert names(checkpoint) == ["a.weight"]


def test_link_inside_the_folder_is_followed(folder):
    leave_a_link(folder / SECOND, folder / "below" / "one")
    checkpoint = open_checkpoint(folder)
    assert checkpoint.findings == ()
    assert names(checkpoint) == ["a.weight", "b.weight"]


def test_a_folder_may_be_a_link_itself(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert open_checkpoint(tmp_path / "link").findings == ()


def leave_a_link(path, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    path.rename(place)
    path.symlink_to(place)


@pytest.mark.parametrize("target", ["pipe", "/dev/zero", ".."])
@pytest.mark.usefixtures("alarm")
def test_link_to_no_regular_file(folder, target):
    os.mkfifo(folder / "pipe")
    (folder / SECOND).unlink()
    (folder / SECOND).symlink_to(target)
    checkpoint = open_checkpoint(folder)
    expect_finding(checkpoint.findings, "unreadable-shard", STOP, SECOND)
    assert names(checkpoint) == ["a.weight"]


@pytest.mark.parametrize("with_index", [True, False])
@pytest.mark.parametrize("target", ["../gone", SECOND])
def test_link_to_nothing(folder, with_index, target):
    (folder / SECOND).unlink()
    (folder / SECOND).symlink_to(target)
    if not with_index:
        (folder / INDEX).unlink()
    findings = open_checkpoint(folder).findings
    assert findings == (expect_finding(findings, "broken-link", STOP, SECOND),)


def test_damage_to_a_folder_of_mlx_lm(sharded_folder, copy_folder):
    folder = copy_folder(sharded_folder)
    shards = sorted(folder.glob("*.safetensors"))
    shutil.copy(shards[0], folder / "model.safetensors")
    os.truncate(shards[1], shards[1].stat().st_size // 2)
    shards[2].unlink()
    findings = open_checkpoint(folder).findings
    expect_finding(findings, "unnamed-shard", WARNING, "model.safetensors")
    expect_finding(findings, "bad-shard", STOP, shards[1].name)
    expect_finding(findings, "missing-shard", STOP, shards[2].name)


@pytest.mark.parametrize("with_index", [True, False])
def test_more_files_than_any_model_has(folder, monkeypatch, with_index):
    monkeypatch.setattr(weight_files, "MOST_FILES", 1)
    if not with_index:
        (folder / INDEX).unlink()
    checkpoint = open_checkpoint(folder)
    finding = expect_finding(checkpoint.findings, "too-many-shards", STOP, INDEX if with_index else "")
    assert "2 files" in finding.what
    assert checkpoint.tensors == ()


def test_an_index_of_very_many_files_is_refused_at_once(folder, monkeypatch):
    """None of them is looked for."""
    write_index(folder, **{str(i): f"{i}.safetensors" for i in range(20_000)})
    monkeypatch.setattr(weight_files, "read_header", lambda *_: pytest.fail("a file is looked for"))
    expect_finding(open_checkpoint(folder).findings, "too-many-shards", STOP, INDEX)


def test_many_missing_files_are_counted(folder):
    write_index(folder, **{str(i): f"{i:03}.safetensors" for i in range(100)})
    for name in (FIRST, SECOND):
        (folder / name).unlink()
    finding = expect_finding(open_checkpoint(folder).findings, "missing-shard", STOP, "000.safetensors")
    assert "100 files" in finding.what


def test_files_have_one_budget_of_tensors(folder, monkeypatch):
    monkeypatch.setattr(safetensors_header, "MOST_TENSORS", 1)
    checkpoint = open_checkpoint(folder)
    assert "names 1 tensor;" in expect_finding(checkpoint.findings, "bad-shard", STOP, SECOND).what
    assert names(checkpoint) == ["a.weight"]
