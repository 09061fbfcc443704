"""Chunks: which bytes are read in which order. The values are those of NumPy, the decoding is MLX's own."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from app.core.architectures.ops import (
    NOTHING,
    AddConstant,
    Change,
    Columns,
    PadRows,
    Pick,
    Rows,
    ScaleRows,
    Transpose,
    on_values,
)
from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.errors import ConversionError
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, chunks_of, row_length_of
from app.core.weights.look import read_parts
from tests.core.weights.one_tensor import BITS, GROUP_SIZES, normal, pack, plain, save_one, unpack

ROTARY = Change(Rows((Pick((3, 2, 4), (0, 2, 1)),)))
ROTARY_ORDER = np.arange(24).reshape(3, 2, 4).swapaxes(1, 2).reshape(-1)


def parts_of(tensor, change=NOTHING, size=CHUNK):
    """Everything that is read of a tensor, part by part."""
    with WeightReader({part.file for part in tensor.parts}) as reader:
        read = [read_parts(chunk, reader) for chunk in chunks_of(tensor, change, size)]
    return tuple(np.concatenate(part) for part in zip(*read, strict=True))


@pytest.mark.parametrize("size", [1, 7, 24, 40, CHUNK])
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_without_moves_everything_is_read_once_in_order(dtype, size, tmp_path):
    tensor = save_one(tmp_path, normal(24, 5), dtype)
    (whole,) = parts_of(tensor, size=size)
    stored = tensor.stored
    assert whole.tobytes() == stored.file.path.read_bytes()[stored.offset :][: stored.byte_count]


@pytest.mark.parametrize("size", [5, 13, 60, CHUNK])
@pytest.mark.parametrize("shape", [(24, 5), (24,), (24, 1, 5), (24, 5, 1)], ids=str)
def test_rows_are_read_in_their_new_order(shape, size, tmp_path):
    values = normal(*shape)
    tensor = save_one(tmp_path, values, "F32")
    (read,) = parts_of(tensor, ROTARY, size)
    assert np.array_equal(read.view(np.float32), values[ROTARY_ORDER].reshape(-1))


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("group_size", GROUP_SIZES)
def test_rows_of_packed_words_move_without_decoding(bits, group_size, tmp_path):
    packing, shape = Quantization(bits, group_size), (24, 256)
    tensor = save_one(tmp_path, normal(*shape), packing=packing)
    before = unpack(parts_of(tensor), shape, packing)
    after = unpack(parts_of(tensor, ROTARY, size=5 * 256), shape, packing)
    assert np.array_equal(after.view(np.uint32), before[ROTARY_ORDER].view(np.uint32))
    assert not np.array_equal(after, before)


def test_some_rows_may_be_left_out_or_come_twice(tmp_path):
    values = normal(6, 4)
    tensor = save_one(tmp_path, values, "F32")
    change = Change(Rows((Pick((3, 2), part=((0, 3), (1, 2))), Pick((2,)))))
    chunks = list(chunks_of(tensor, change, size=8))
    assert [chunk.count for chunk in chunks] == [8, 8, 4]
    (read,) = parts_of(tensor, change, size=8)
    assert np.array_equal(read.view(np.float32).reshape(-1, 4), values[[1, 3, 5, 0, 1]])


@pytest.mark.parametrize("size", [5, 13, CHUNK])
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_rows_of_zeros_follow_to_the_number_that_is_asked_for(dtype, size, tmp_path):
    values = normal(4, 5)
    tensor = save_one(tmp_path, values, dtype)
    (plain_bytes,) = parts_of(tensor)
    (read,) = parts_of(tensor, Change(PadRows(7)), size)
    assert read.tobytes() == plain_bytes.tobytes() + bytes(3 * plain_bytes.size // 4)
    assert all(chunk.count <= size for chunk in chunks_of(tensor, Change(PadRows(7)), size))
    (same,) = parts_of(tensor, Change(PadRows(4)), size)
    assert np.array_equal(same, plain_bytes)


PACKINGS = [Quantization(bits, group_size) for bits in BITS for group_size in GROUP_SIZES]


@pytest.mark.parametrize(
    "packing", [*PACKINGS, Quantization(4, 32, "mxfp4")], ids=lambda p: f"{p.mode}-{p.bits}-{p.group_size}"
)
def test_packed_rows_of_zeros_decode_to_zeros(packing, tmp_path):
    tensor = save_one(tmp_path, normal(4, 256), packing=packing)
    before = unpack(parts_of(tensor), (4, 256), packing)
    after = unpack(parts_of(tensor, Change(PadRows(9)), size=2 * 256), (9, 256), packing)
    assert np.array_equal(after[:4].view(np.uint32), before.view(np.uint32))
    assert not after[4:].view(np.uint32).any()


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 100), st.booleans())
def test_chunks_hold_whole_rows_and_no_more_than_they_may(rows, columns, size, is_transposed):
    change = Change(within_rows=Transpose(rows)) if is_transposed else on_values(ScaleRows(((rows, 2.0),)))
    tensor = plain("F32", rows, columns)
    if columns * (rows if is_transposed else 1) > size:
        with pytest.raises(ConversionError, match="too long to be moved"):
            list(chunks_of(tensor, change, size))
        return
    chunks = list(chunks_of(tensor, change, size))
    assert sum(chunk.count for chunk in chunks) == rows * columns
    assert all(chunk.count <= size and chunk.count % columns == 0 for chunk in chunks)
    assert [chunk.row for chunk in chunks] == [chunk.runs[0][0] // columns for chunk in chunks]


def test_matrices_that_are_transposed_stay_whole():
    tensor = plain("F32", 12, 4)
    assert [chunk.count for chunk in chunks_of(tensor, Change(within_rows=Transpose(3)), size=30)] == [24, 24]


@pytest.mark.parametrize(
    ("change", "length"),
    [
        (NOTHING, 20),
        (ROTARY, 20),
        (on_values(AddConstant(1)), 20),
        (Change(within_rows=Columns((Pick((4,)),))), 4),
        (Change(within_rows=Transpose(5)), 4),
    ],
)
def test_what_a_row_is_depends_on_what_moves(change, length):
    assert row_length_of(plain("F32", 3, 5, 4), change) == length


EXPERTS = (3, 4, 64)


@pytest.fixture
def experts(tmp_path):
    """Three matrices in nvfp4, each with a scale of its own: 1, 2, 3."""
    packing = Quantization(4, 16, "nvfp4")
    codes, scales = pack(normal(*EXPERTS), packing)
    arrays = {
        "t.weight": codes.view(np.uint32).reshape(*EXPERTS[:2], -1),
        "t.scales": scales.reshape(*EXPERTS[:2], -1),
        "t.global_scale": np.array([1, 2, 3], np.float32),
    }
    save_file(arrays, tmp_path / "model.safetensors")
    settings = {"bits": 4, "group_size": 16, "mode": "nvfp4"}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "none", "quantization": settings}))
    (tensor,) = open_checkpoint(tmp_path).tensors
    return tensor


@pytest.mark.parametrize("size", [16, 48, 64, 256, 320, 512, CHUNK])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (NOTHING, [1] * 16 + [2] * 16 + [3] * 16),
        (Change(Rows((Pick((3,), part=((1, 3),)), Pick((1,))))), [2] * 16 + [3] * 16 + [1] * 16),
        (Change(PadRows(4)), [1] * 16 + [2] * 16 + [3] * 16 + [0] * 16),
    ],
    ids=["in order", "moved", "padded"],
)
def test_each_group_gets_the_scale_of_its_matrix(experts, size, change, expected):
    if change and size < 256:
        size = 256  # whole experts move
    codes, scales, of_matrix = parts_of(experts, change, size)
    assert of_matrix.view(np.float32).tolist() == expected
    assert (codes.size, scales.size) == (len(expected) * 8, len(expected))
