"""Damage of every kind: never a crash, never a tensor outside its file, never more than safetensors itself accepts."""

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.safetensors_header import LENGTH_BYTES, read_header
from app.core.checkpoint.shard_index import INDEX
from tests.core.checkpoint.written_by_hand import read_parts, write_safetensors
from tests.damage import damaged_bytes, damaged_json
from tests.tiny_checkpoints import gemma3_folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Several files, quantized, with a head."""
    folder = tmp_path_factory.mktemp("sound") / "tiny"
    gemma3_folder(folder, head="changed", quantize=lambda path: "layers.0" in path, shard_bytes=400_000)
    (folder / "README.md").write_text("---\nlicense: mit\ntags: [a, b]\n---\n")
    return folder


@pytest.fixture(scope="module")
def scratch(sound, tmp_path_factory):
    """A copy whose files are overwritten by each example."""
    return shutil.copytree(sound, tmp_path_factory.mktemp("scratch") / "tiny")


def expect_sound_or_refused(path):
    try:
        header = read_header(path)
    except HeaderError:
        return
    expect_inside(header.tensors)
    with safe_open(path, framework="np") as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    theirs = {name: (tuple(piece.get_shape()), piece.get_dtype()) for name, piece in slices.items()}
    assert {tensor.name: (tensor.shape, tensor.dtype) for tensor in header.tensors} == theirs


def expect_inside(stored_tensors):
    for tensor in stored_tensors:
        assert LENGTH_BYTES < tensor.offset <= tensor.offset + tensor.byte_count <= tensor.file.byte_count
        assert tensor.file.byte_count == tensor.file.path.stat().st_size


@settings(max_examples=300)
@given(data=st.data())
def test_bytes_of_a_header(sound, scratch, data):
    header, values = read_parts(next(iter(sound.glob("*.safetensors"))))
    few = dict(list(header.items())[:4])
    raw = data.draw(damaged_bytes(json.dumps(few, separators=(",", ":")).encode()))
    expect_sound_or_refused(write_safetensors(scratch / "model-a.safetensors", raw, len(values)))


@settings(max_examples=200)
@given(data=st.data())
def test_values_of_a_header(scratch, data):
    header = {
        "__metadata__": {"format": "mlx"},
        "a": {"dtype": "U32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]},
        "c": {"dtype": "F32", "shape": [], "data_offsets": [32, 36]},
    }
    expect_sound_or_refused(write_safetensors(scratch / "model-a.safetensors", data.draw(damaged_json(header)), 36))


@settings(max_examples=60)
@given(data=st.data())
def test_bytes_of_a_file(sound, scratch, data):
    path = min(sound.glob("*.safetensors"), key=lambda path: path.stat().st_size)
    (scratch / path.name).write_bytes(data.draw(damaged_bytes(path.read_bytes())))
    expect_sound_or_refused(scratch / path.name)


@pytest.mark.parametrize("name", [INDEX, "config.json", "generation_config.json", "tokenizer_config.json", "README.md"])
@settings(max_examples=100)
@given(data=st.data())
def test_files_beside_the_weights(sound, scratch, name, data):
    """The whole folder opens; broken parts are findings."""
    original = (sound / name).read_bytes() if (sound / name).exists() else b"{}"
    kinds = [damaged_bytes(original)]
    if name.endswith(".json"):
        kinds.append(damaged_json(json.loads(original)))
    try:
        (scratch / name).write_bytes(data.draw(st.one_of(kinds)))
        checkpoint = open_checkpoint(scratch)
    finally:
        (scratch / name).write_bytes(original)
    expect_inside(part for tensor in checkpoint.tensors for part in tensor.parts)
    assert all(file.path.parent == scratch for file in checkpoint.files)
    assert all(finding.what and finding.meaning and finding.advice for finding in checkpoint.findings)
