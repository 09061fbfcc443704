"""Importance matrices: read as llama-quantize reads them, and not believed."""

import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import AppError, PlanError
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.imatrix_file import read_imatrix
from app.core.weights.importance import ImportanceReader, importance_values
from tests.core.imatrix_by_hand import entries_for, write_imatrix
from tests.damage import damaged_bytes

ENTRIES = entries_for({"blk.0.attn_q.weight": (8, 64), "blk.0.ffn_up_exps.weight": (5, 8, 32)})


@pytest.fixture
def file(tmp_path):
    return tmp_path / "imatrix.gguf"


def test_what_is_in_it(file):
    found = read_imatrix(write_imatrix(file, ENTRIES))
    assert [(entry.name, entry.value_count) for entry in found.entries] == [
        ("blk.0.attn_q.weight", 64),
        ("blk.0.ffn_up_exps.weight", 160),
    ]
    assert (found.datasets, found.chunk_count) == (("calibration.txt",), 7)
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found.importance("blk.0.attn_q.weight", (8, 64))
    assert found.importance("blk.0.ffn_up_exps.weight", (5, 8, 32))
    assert found.importance("blk.0.attn_q.weight", (8, 32)) is None
    assert found.contradicts("blk.0.attn_q.weight", (8, 32))
    assert found.importance("blk.1.attn_q.weight", (8, 64)) is None
    assert not found.contradicts("blk.1.attn_q.weight", (8, 64))


def test_numbers_are_means_and_one_for_an_expert_that_was_never_asked(file):
    entry = read_imatrix(write_imatrix(file, ENTRIES)).entries[1]
    sums, counts = ENTRIES[entry.name]
    with WeightReader([entry.sums.file]) as reader:
        values = ImportanceReader(reader).values(entry, 32)
    assert values.shape == (5, 32)
    for expert in (0, 1, 3, 4):
        assert np.array_equal(values[expert], sums[expert] / counts[expert])
    assert (values[2] == 1).all()


def test_counts_are_rounded_as_c_does():
    counts = np.array([0.4, 0.5, 2.5, -3], np.float32)
    assert list(importance_values(np.full(4, 6, np.float32), counts)) == [1, 6, 2, 1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"general.type": "model"}, "is not an importance matrix: it is a model"),
        ({"general.type": None}, "general.type is None"),
        ({"imatrix.datasets": None}, "imatrix.datasets is missing"),
        ({"imatrix.chunk_count": None}, "imatrix.chunk_count is missing"),
        ({"imatrix.chunk_size": None}, "imatrix.chunk_size is missing"),
        ({"general.alignment": 0}, "alignment"),
    ],
)
def test_keys_that_are_missing_or_wrong(changes, words, file):
    with pytest.raises(PlanError, match=words) as caught:
        read_imatrix(write_imatrix(file, ENTRIES, changes))
    assert caught.value.hint


NUMBERS = np.ones((1, 64), np.float32)


def changed(value, place=5):
    sums = NUMBERS.copy()
    sums[0, place] = value
    return sums


@pytest.mark.parametrize(
    ("sums", "counts", "words"),
    [
        (changed(np.nan), NUMBERS[:, :1], "blk.0.attn_q.weight are not finite"),
        (changed(np.inf), NUMBERS[:, :1], "blk.0.attn_q.weight are not finite"),
        (NUMBERS, NUMBERS[:, :1] * np.float32(np.nan), "blk.0.attn_q.weight are not finite"),
        (changed(-1e-3), NUMBERS[:, :1], "blk.0.attn_q.weight are not mean squares"),
        (changed(1e26), NUMBERS[:, :1], "blk.0.attn_q.weight are not mean squares"),
        (NUMBERS, NUMBERS[:, :3], "do not match"),
        (NUMBERS.astype(np.float16), NUMBERS[:, :1], "not stored as F32"),
        (NUMBERS, NUMBERS[:, :1].astype(np.float16), "not stored as F32"),
    ],
)
def test_numbers_that_cannot_be(sums, counts, words, file):
    with pytest.raises(PlanError, match=words):
        read_imatrix(write_imatrix(file, {"blk.0.attn_q.weight": (sums, counts)}))


@pytest.mark.parametrize(
    "extra",
    [[("other.in_sum2", NUMBERS)], [("other.counts", NUMBERS)], [("a.in_sum2", NUMBERS), ("b.counts", NUMBERS)]],
)
def test_sums_without_counts(extra, file):
    with pytest.raises(PlanError, match="do not match"):
        read_imatrix(write_imatrix(file, ENTRIES, extra=extra))


def test_an_empty_one(file):
    with pytest.raises(PlanError, match="holds no numbers"):
        read_imatrix(write_imatrix(file, {}))


def test_the_old_format_is_refused_with_the_command_that_converts_it(tmp_path):
    name = b"blk.0.attn_q.weight"
    old = tmp_path / "old.dat"
    old.write_bytes(struct.pack("<ii", 1, len(name)) + name + struct.pack("<ii4f", 3, 4, 1, 2, 3, 4))
    with pytest.raises(PlanError, match="old format") as caught:
        read_imatrix(old)
    assert "llama-imatrix --in-file old.dat -o old.gguf" in caught.value.hint


@pytest.mark.parametrize("data", [b"", b"GGUF", b"GGML", bytes(64), b"\xff" * 64, b"{}", b"GGUF" + bytes(60), None])
def test_what_is_something_else(data, tmp_path):
    file = tmp_path / "file.gguf"
    file.mkdir() if data is None else file.write_bytes(data)
    with pytest.raises(PlanError, match=r"file\.gguf") as caught:
        read_imatrix(file)
    assert "old format" not in caught.value.message


@pytest.mark.parametrize("byte_count", [8, 100, 300, -40, -1000])
def test_a_file_that_was_cut(byte_count, file):
    data = write_imatrix(file, ENTRIES).read_bytes()
    file.write_bytes(data[:byte_count])
    with pytest.raises(PlanError, match="not an importance matrix"):
        read_imatrix(file)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return write_imatrix(tmp_path_factory.mktemp("imatrix") / "imatrix.gguf", ENTRIES)


@settings(max_examples=400)
@given(data=st.data())
def test_damage_is_noticed_or_does_no_harm(data, sound):
    original = sound.read_bytes()
    damaged = sound.with_name("damaged.gguf")
    damaged.write_bytes(data.draw(damaged_bytes(original[:600])) + original[600:])
    try:
        found = read_imatrix(damaged)
    except AppError:
        return
    with WeightReader([found.file]) as reader:
        for entry in found.entries:
            assert np.isfinite(ImportanceReader(reader).values(entry, 1)).all()


def claiming(tensors=0, keys=0, rest=b""):
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + rest


def named(name):
    return struct.pack("<Q", len(name)) + name


TEXTS_TYPE, ARRAY_TYPE = 8, 9
CLAIMS = {
    "keys": (claiming(keys=2**40), "claims 1,099,511,627,776 keys"),
    "tensors": (claiming(tensors=2**40), "claims 1,099,511,627,776 tensors"),
    "strings": (
        claiming(keys=1, rest=named(b"a") + struct.pack("<IIQ", ARRAY_TYPE, TEXTS_TYPE, 10**6) + bytes(8 * 10**6)),
        "claims 1,000,000 items in a list",
    ),
}


@pytest.mark.parametrize(("data", "words"), CLAIMS.values(), ids=CLAIMS.keys())
def test_a_number_that_no_matrix_has(file, data, words):
    file.write_bytes(data)
    with pytest.raises(PlanError, match=words):
        read_imatrix(file)


def test_values_that_are_only_claimed(file):
    """They would take no room on the disk, and all of it in memory."""
    write_imatrix(file, {"a.weight": (np.ones((1, 64), np.float32), np.ones((1, 1), np.float32))})
    data = file.read_bytes()
    place = data.index(b"a.weight.in_sum2") + len(b"a.weight.in_sum2") + 4
    lengths = struct.unpack_from("<QQ", data, place)
    assert sorted(lengths) == [1, 64]
    file.write_bytes(data[:place] + struct.pack("<QQ", 1 << 30, 1) + data[place + 16 :])
    with file.open("r+b") as stream:
        stream.truncate(5 << 30)
    with pytest.raises(PlanError, match=r"claims 1,073,741,824 values for 'a\.weight\.in_sum2'"):
        read_imatrix(file)


def test_a_file_larger_than_any(file):
    write_imatrix(file, ENTRIES)
    with file.open("r+b") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(PlanError, match="more than any model's"):
        read_imatrix(file)
