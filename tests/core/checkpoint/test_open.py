"""open_checkpoint on sound folders, and on paths that are no folders."""

import json
import os
import subprocess
import sys
import time
from itertools import chain

import pytest
from safetensors import deserialize, safe_open

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.errors import CheckpointError
from tests.core.checkpoint.written_by_hand import entry, write_safetensors

GIBIBYTE = 1 << 30


def test_folder_saved_by_mlx_lm(copied_folder):
    checkpoint = open_checkpoint(copied_folder)
    assert checkpoint.findings == ()
    assert checkpoint.name == "tiny-copied"
    assert checkpoint.model_type == "gemma3_text"
    assert checkpoint.saved_by_mlx
    assert checkpoint.quantization is None
    assert [file.path.name for file in checkpoint.files] == ["model.safetensors"]
    with safe_open(copied_folder / "model.safetensors", framework="np") as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    expected = {name: (tuple(piece.get_shape()), piece.get_dtype()) for name, piece in slices.items()}
    assert {tensor.name: (tensor.shape, tensor.dtype) for tensor in checkpoint.tensors} == expected
    assert checkpoint.byte_count == 2 * checkpoint.parameter_count
    assert checkpoint.files[0].byte_count == (copied_folder / "model.safetensors").stat().st_size


def test_shards_hold_the_same_tensors(tied_folder, sharded_folder):
    single, sharded = open_checkpoint(tied_folder), open_checkpoint(sharded_folder)
    assert len(sharded.files) > 2
    assert sharded.findings == ()
    assert {(t.name, t.shape, t.dtype) for t in sharded.tensors} == {(t.name, t.shape, t.dtype) for t in single.tensors}
    assert sum(file.tensor_count for file in sharded.files) == len(single.tensors)


def test_tensors_lie_where_safetensors_finds_them(sharded_folder):
    checkpoint = open_checkpoint(sharded_folder)
    theirs = [deserialize(file.path.read_bytes()) for file in checkpoint.files]
    expected = {name: bytes(view["data"]) for name, view in chain.from_iterable(theirs)}
    for tensor in checkpoint.tensors:
        stored = tensor.stored
        with stored.file.path.open("rb") as file:
            file.seek(stored.offset)
            assert file.read(stored.byte_count) == expected[tensor.name]


@pytest.mark.parametrize("name", ["config.json", "model-00001-of-00002.safetensors"])
def test_file_inside_stands_for_the_folder(folder, name):
    assert open_checkpoint(folder / name) == open_checkpoint(folder)


def test_hub_snapshot(folder, tmp_path):
    """The hub keeps links in snapshots/COMMIT to blobs whose names are hashes."""
    repository = tmp_path / "models--mlx-community--Tiny-4bit"
    snapshot, blobs = repository / "snapshots" / "0123abcd", repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for number, path in enumerate(folder.iterdir()):
        path.rename(blobs / f"{number:040x}")
        (snapshot / path.name).symlink_to(f"../../blobs/{number:040x}")
    for path in (snapshot, snapshot / "config.json"):
        checkpoint = open_checkpoint(path)
        assert (checkpoint.name, checkpoint.folder, checkpoint.findings) == ("Tiny-4bit", snapshot, ())
        assert [tensor.name for tensor in checkpoint.tensors] == ["a.weight", "b.weight"]


@pytest.mark.parametrize("name", ["config.json", "model-00001-of-00002.safetensors", "chat_template.jinja"])
@pytest.mark.parametrize("place", ["another repository", "another cache", "no cache", "the same repository"])
def test_a_link_leads_only_to_the_blobs_of_its_own_repository(folder, tmp_path, place, name):
    """Whoever made the folder may have made a link to what its reader has downloaded, or called a place so."""
    snapshot = tmp_path / "hub" / "models--org--name" / "snapshots" / "0123abcd"
    snapshot.parent.mkdir(parents=True)
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    folder.rename(snapshot)
    blobs = {
        "another repository": tmp_path / "hub" / "models--org--other" / "blobs",
        "another cache": tmp_path / "elsewhere" / "models--org--name" / "blobs",
        "no cache": tmp_path / "blobs",
        "the same repository": tmp_path / "hub" / "models--org--name" / "blobs",
    }[place]
    blobs.mkdir(parents=True)
    (snapshot / name).rename(blobs / "hash")
    (snapshot / name).symlink_to(blobs / "hash")
    found = {finding.subject for finding in open_checkpoint(snapshot).findings}
    assert (name in found) == (place != "the same repository")


def test_a_folder_inside_a_snapshot_has_its_files_there_too(folder, tmp_path):
    inside = tmp_path / "models--org--name" / "snapshots" / "0123abcd" / "4bit"
    inside.parent.mkdir(parents=True)
    folder.rename(inside)
    (tmp_path / "models--org--name" / "blobs").mkdir()
    (inside / "config.json").rename(tmp_path / "models--org--name" / "blobs" / "hash")
    (inside / "config.json").symlink_to("../../../blobs/hash")
    assert open_checkpoint(inside).findings == ()


def test_relative_path_and_string(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert open_checkpoint(".").name == "by-hand"
    assert open_checkpoint("config.json").folder == folder


@pytest.mark.parametrize("path", ["missing", "config.json/x", "~no-such-user/model", "zero\0byte", "a-pipe"])
def test_no_folder_there(folder, monkeypatch, path):
    monkeypatch.chdir(folder)
    os.mkfifo("a-pipe")
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o600])
def test_folder_that_may_not_be_read(folder, mode):
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    folder.chmod(mode)
    try:
        with pytest.raises(CheckpointError, match="permission to read"):
            open_checkpoint(folder)
    finally:
        folder.chmod(0o700)


def test_folder_whose_name_is_no_text(folder):
    """Linux takes any bytes; the name goes into the file, where only UTF-8 fits."""
    try:
        odd = folder.rename(folder.parent / os.fsdecode(b"odd-\xff"))
    except OSError:
        pytest.skip("this file system takes only text as names")
    assert open_checkpoint(odd).name == "odd-?"


@pytest.mark.parametrize(
    ("metadata", "expected"), [({"format": "mlx"}, True), ({"format": "pt"}, False), (None, False)]
)
def test_saved_by_mlx(folder, metadata, expected):
    for path in folder.glob("*.safetensors"):
        write_safetensors(path, {f"{path.stem[6:11]}.weight": entry(), "__metadata__": metadata}, 16)
    assert open_checkpoint(folder).saved_by_mlx is expected


def test_what_stands_beside_the_weights(folder):
    config = {"model_type": "tiny", "quantization": {"bits": 8, "group_size": 32, "m": {"bits": 6}, "n": False}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "generation_config.json").write_text('{"top_k": 64}')
    (folder / "README.md").write_text("---\nlicense: mit\nbase_model: org/base\n---\n# Tiny\n")
    checkpoint = open_checkpoint(folder)
    assert checkpoint.config == config
    assert checkpoint.generation_config == {"top_k": 64}
    assert checkpoint.model_card == {"license": "mit", "base_model": "org/base"}
    assert checkpoint.quantization is not None
    assert checkpoint.quantization.default == Quantization(8, 32)
    assert checkpoint.quantization.exceptions == {"m": Quantization(6, 64), "n": None}


def test_opening_reads_no_weights(folder):
    big = 16 * GIBIBYTE
    for path in folder.glob("*.safetensors"):
        header = {f"{path.stem[6:11]}.weight": entry(0, big, shape=(big // 4 // 1024, 1024))}
        write_safetensors(path, header, big)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        checkpoint = open_checkpoint(folder)
        times.append(time.perf_counter() - start)
    assert checkpoint.byte_count == 2 * big
    assert min(times) < 0.3


def test_opening_needs_no_mlx(folder):
    code = (
        "import sys; from app.core.checkpoint import open_checkpoint; assert open_checkpoint(sys.argv[1]).tensors;"
        "print([name for name in ('mlx', 'mlx_lm', 'torch', 'transformers', 'PySide6') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
