"""A file that is cut off, damaged or made to harm is refused in one sentence, soon and with little memory."""

import struct
import subprocess
import sys
from contextlib import suppress

import pytest
from gguf import GGUFValueType
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.errors import CheckpointError
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.verify.file_proof import prove_file
from app.core.verify.header.gguf_file import open_gguf
from app.core.verify.results.words import weights_in_words
from tests.core.verify.spoil import read_keys, read_tensors
from tests.damage import damaged_bytes
from tests.hostile.road import RSS_UNIT

U8, TEXT, LIST = int(GGUFValueType.UINT8), int(GGUFValueType.STRING), int(GGUFValueType.ARRAY)
MEMORY_BYTES = 1 << 28


@pytest.fixture(scope="module")
def sound(tied_folder, tmp_path_factory):
    """What a folder gives, and a file of it."""
    prepared = prepare(identify(open_checkpoint(tied_folder)))
    path = tmp_path_factory.mktemp("files") / "sound.gguf"
    return prepared, convert(prepared.plan(PlanOptions(OutputType.Q8_0)), path).path


def test_the_header_is_what_gguf_reads(sound):
    path = sound[1]
    with open_gguf(path) as file:
        assert {key: list(one) if isinstance(one, tuple) else one for key, one in file.keys.items()} == read_keys(path)
        theirs = read_tensors(path)
        assert list(file.tensors) == list(theirs)
        for name, one in file.tensors.items():
            assert (one.shape, one.type) == (theirs[name].shape, theirs[name].type)
            assert (file.raw(one) == theirs[name].raw).all()


@pytest.mark.parametrize("kept", [0, 3, 20, 2000, -5000, -1])
def test_a_file_that_is_cut_off_is_one_sentence(kept, sound, tmp_path):
    prepared, path = sound
    (tmp_path / "short.gguf").write_bytes(path.read_bytes()[:kept])
    proof = prove_file(prepared, tmp_path / "short.gguf")
    assert not proof.is_sound
    (said,) = weights_in_words(proof.weights)
    assert said.startswith("short.gguf cannot be read: it ")
    if kept < 0:
        assert f"{-kept:,} bytes are missing" in said
    assert proof.header is None


def test_what_is_no_gguf_file_is_one_sentence(sound, tmp_path):
    (tmp_path / "text").write_text("no GGUF file at all")
    (tmp_path / "folder").mkdir()
    for name in ("text", "folder", "absent"):
        (said,) = weights_in_words(prove_file(sound[0], tmp_path / name).weights)
        assert said.startswith(f"{name} cannot be read: ")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_of_a_header_is_noticed_or_does_no_harm(data, sound):
    original = sound[1].read_bytes()
    damaged = sound[1].with_name("damaged.gguf")
    damaged.write_bytes(data.draw(damaged_bytes(original[:900])) + original[900:])
    with suppress(CheckpointError), open_gguf(damaged) as file:
        assert all(file.raw(one).size == one.byte_count for one in file.tensors.values())


def header(keys=b"", tensors=b"", key_count=1, tensor_count=0):
    return b"GGUF" + struct.pack("<IQQ", 3, tensor_count, key_count) + keys + tensors


def key(kind, value):
    return struct.pack("<Q", 1) + b"k" + struct.pack("<I", kind) + value


def tensor(*lengths, kind=0, offset=0):
    name = struct.pack("<Q", 1) + b"t" + struct.pack("<I", len(lengths))
    return name + struct.pack(f"<{len(lengths)}QIQ", *lengths, kind, offset)


CLAIMS = {
    "many keys": header(key_count=1 << 60),
    "many tensors": header(key_count=0, tensor_count=1 << 60),
    "a long text": header(key(TEXT, struct.pack("<Q", 1 << 62))),
    "a long list": header(key(LIST, struct.pack("<IQ", U8, 1 << 33))),
    "a long list of empty texts": header(key(LIST, struct.pack("<IQ", TEXT, 1 << 28))),
    "lists in lists": header(key(LIST, struct.pack("<IQ", LIST, 1) * 100_000)),
    "a large tensor": header(tensors=tensor(1 << 40, 1 << 40), key_count=0, tensor_count=1),
    "a tensor behind the end": header(tensors=tensor(32, offset=1 << 63), key_count=0, tensor_count=1),
    "more dimensions": header(tensors=tensor(*[1] * 99), key_count=0, tensor_count=1),
    "an unknown type": header(tensors=tensor(32, kind=4_000), key_count=0, tensor_count=1),
    "half a block": header(tensors=tensor(33, kind=8), key_count=0, tensor_count=1),
    "a tensor twice": header(tensors=tensor(1) * 2, key_count=0, tensor_count=2),
    "a key twice": header(key(U8, b"a") * 2, key_count=2),
    "another alignment": header(struct.pack("<Q", 17) + b"general.alignment" + struct.pack("<II", 4, 0), key_count=1),
}
OPENS = """
import sys
from pathlib import Path
from app.core.errors import CheckpointError
from app.core.verify.header.gguf_file import open_gguf
try:
    with open_gguf(Path(sys.argv[1])):
        print("opened")
except CheckpointError as error:
    print(error.message)
"""
# A child of this process would begin with its peak (getrusage(2)); one of a small process does not.
MEASURED = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdout=subprocess.PIPE)
print(child.stdout.read().decode().strip())
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss)
"""


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_refused_at_little_cost(claim, tmp_path):
    """The file is sparse, and as large as it claims to be: what it holds is zeros."""
    path = tmp_path / "claim.gguf"
    with path.open("wb") as file:
        file.write(CLAIMS[claim])
        file.truncate(1 << 34)
    command = [sys.executable, "-c", MEASURED, OPENS, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    said, peak = run.stdout.splitlines()
    assert said.startswith("claim.gguf cannot be read: ")
    assert int(peak) * RSS_UNIT < MEMORY_BYTES
