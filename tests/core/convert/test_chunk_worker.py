"""One tensor through the whole pipeline: the same bytes for every size of a chunk, and the values that NumPy gets."""

from dataclasses import replace

import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import dequantize
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.architectures.ops import (
    NOTHING,
    AddConstant,
    Change,
    Columns,
    NegativeExp,
    PadRows,
    Pick,
    Rows,
    Scale,
    ScaleRows,
    Transpose,
    on_values,
)
from app.core.checkpoint.quantization import Quantization
from app.core.convert.chunk_worker import ChunkWorker, encoded_size, jobs_of
from app.core.describe.summary import DECODED
from app.core.ggml_types import OutputType
from app.core.plan import Method, PlannedTensor, PlanOptions, WeightFacts
from app.core.plan.types.mix import MixFacts
from app.core.plan.types.tensor_types import Draft, TypeRules, choose_types
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK
from tests.core.convert.one_tensor_written import planned, written
from tests.core.weights.one_tensor import floats, kquant, normal, save_one

F32, F16, BF16, Q8_0, MXFP4, NVFP4 = (
    GGMLQuantizationType[name] for name in ("F32", "F16", "BF16", "Q8_0", "MXFP4", "NVFP4")
)
HEADS, HEAD = 3, 4
COUNT = HEADS * HEAD  # rows
GROUP = 32
SHAPE = (COUNT, 2 * GROUP * 3)
RULES = TypeRules(PlanOptions(), MixFacts(1, 0, 1), WeightFacts())
AFFINE = [Quantization(bits, GROUP) for bits in (2, 3, 4, 5, 6, 8)]
OTHERS = [floats("mxfp8"), floats("nvfp4"), kquant("q8_0")]

ROTARY = Rows((Pick((HEADS, 2, HEAD // 2), (0, 2, 1)),))
HALVES = Rows((Pick((HEADS, HEAD), part=((0, HEADS), (1, 3))),))
GROUPS_SWAPPED = Columns((Pick((2, 3, GROUP), (1, 0, 2)),))
ONE_BY_ONE = Columns((Pick((2, 3 * GROUP), (1, 0)),))
BY_PARTS = ScaleRows(((COUNT - 2, 0.25), (2, 3.0)))
IN_BLOCKS = [NOTHING, Change(ROTARY), Change(within_rows=GROUPS_SWAPPED), Change(ROTARY, GROUPS_SWAPPED)]


def in_numpy(values: np.ndarray, op) -> np.ndarray:
    """What an op is meant to do, on a whole float32 matrix."""
    kept = {
        ROTARY: lambda v: v.reshape(HEADS, 2, HEAD // 2, -1).swapaxes(1, 2).reshape(v.shape),
        HALVES: lambda v: v.reshape(HEADS, HEAD, -1)[:, 1:3].reshape(2 * HEADS, -1),
        GROUPS_SWAPPED: lambda v: v.reshape(-1, 2, 3, GROUP).swapaxes(1, 2).reshape(v.shape),
        ONE_BY_ONE: lambda v: v.reshape(-1, 2, 3 * GROUP).swapaxes(1, 2).reshape(v.shape),
        BY_PARTS: lambda v: v * np.array([0.25] * (COUNT - 2) + [3] * 2, np.float32)[:, None],
    }
    if isinstance(op, Transpose):
        return values.reshape(-1, op.row_count, values.shape[-1]).swapaxes(1, 2).reshape(-1, op.row_count)
    if isinstance(op, AddConstant):
        return values + np.float32(op.constant)
    if isinstance(op, Scale):
        return values * np.float32(op.factor)
    if isinstance(op, NegativeExp):
        return -np.exp(values.astype(np.float64)).astype(np.float32)
    return kept[op](values)


@pytest.fixture(scope="module")
def tensor_of(tmp_path_factory):
    """The same values, stored in every way."""
    made = {}

    def tensor(dtype, packing):
        if (dtype, packing) not in made:
            made[dtype, packing] = save_one(tmp_path_factory.mktemp("one"), normal(*SHAPE), dtype, packing)
        return made[dtype, packing]

    return tensor


SOURCES = st.sampled_from(
    [*((dtype, None) for dtype in ("BF16", "F16", "F32")), *(("BF16", p) for p in (*AFFINE, *OTHERS))]
)
MOVES = st.sampled_from(
    [
        NOTHING,
        Change(ROTARY),
        Change(HALVES),
        Change(within_rows=GROUPS_SWAPPED),
        Change(within_rows=ONE_BY_ONE),
        Change(ROTARY, GROUPS_SWAPPED),
        Change(ROTARY, ONE_BY_ONE),
        Change(within_rows=Transpose(3)),
        Change(ROTARY, Transpose(COUNT)),
        Change(HALVES, Transpose(2)),
    ]
)
VALUE_OPS = st.lists(st.sampled_from([AddConstant(1.0), Scale(0.3), NegativeExp()]), max_size=2).map(tuple)


@settings(max_examples=150)
@given(source=SOURCES, moves=MOVES, value_ops=VALUE_OPS, rows=st.integers(1, COUNT), kind=st.sampled_from([F32, Q8_0]))
def test_the_size_of_chunks_changes_nothing(tensor_of, source, moves, value_ops, rows, kind):
    together = moves.within_rows.row_count if isinstance(moves.within_rows, Transpose) else 1
    tensor = planned(
        tensor_of(*source), replace(moves, values=value_ops), kind if together % 32 == 0 or together == 1 else F32
    )
    assert written(tensor, max(rows, together) * SHAPE[1]) == written(tensor)


@settings(max_examples=100)
@given(source=SOURCES, moves=MOVES, value_ops=VALUE_OPS, rows=st.integers(1, COUNT))
def test_values_are_those_of_numpy(tensor_of, source, moves, value_ops, rows):
    stored = tensor_of(*source)
    together = moves.within_rows.row_count if isinstance(moves.within_rows, Transpose) else 1
    values = np.frombuffer(written(planned(stored)), np.float32).reshape(SHAPE)
    change = replace(moves, values=value_ops)
    for op in change.ops:
        values = in_numpy(values, op)
        if source == ("F16", None):
            values = values.astype(np.float16).astype(np.float32)
    result = written(planned(stored, change), max(rows, together) * SHAPE[1])
    assert np.array_equal(np.frombuffer(result, np.uint32), np.ascontiguousarray(values).reshape(-1).view(np.uint32))


@pytest.mark.parametrize("rows", [1, 5, COUNT])
@pytest.mark.parametrize("source", [("BF16", None), ("F16", None), ("F32", None), ("BF16", AFFINE[0])], ids=str)
def test_rows_scaled_by_parts(source, rows, tensor_of):
    values = np.frombuffer(written(planned(tensor_of(*source))), np.float32).reshape(SHAPE)
    result = written(planned(tensor_of(*source), on_values(BY_PARTS)), rows * SHAPE[1])
    expected = in_numpy(values, BY_PARTS)
    if source == ("F16", None):
        expected = expected.astype(np.float16).astype(np.float32)
    assert np.array_equal(np.frombuffer(result, np.float32).reshape(SHAPE), expected)


Q4_1, Q5_1 = GGMLQuantizationType.Q4_1, GGMLQuantizationType.Q5_1
PADDED = [
    *((source, kind) for source in [("BF16", None), ("F16", None), ("F32", None)] for kind in (F32, F16, BF16, Q8_0)),
    *((("BF16", packing), kind) for packing in AFFINE for kind in (F32, Q8_0)),
    *((("BF16", packing), Q4_1 if packing.bits < 5 else Q5_1) for packing in AFFINE if packing.bits < 6),
    (("BF16", Quantization(4, GROUP, "mxfp4")), MXFP4),
]


@pytest.mark.parametrize("size", [SHAPE[1], 5 * SHAPE[1], CHUNK])
@pytest.mark.parametrize(("source", "kind"), PADDED, ids=str)
def test_rows_of_zeros_are_zeros_in_every_type(source, kind, size, tensor_of):
    stored = tensor_of(*source)
    without = written(planned(stored, NOTHING, kind))
    tensor = replace(planned(stored, Change(PadRows(COUNT + 7)), kind), shape=(COUNT + 7, SHAPE[1]))
    blocks = np.frombuffer(written(tensor, size), np.uint8).reshape(COUNT + 7, -1)
    assert blocks[:COUNT].tobytes() == without
    assert not dequantize(blocks[COUNT:], kind).any()


@pytest.mark.parametrize("size", [SHAPE[1], 5 * SHAPE[1], CHUNK])
@pytest.mark.parametrize("change", IN_BLOCKS, ids=str)
def test_mxfp4_moves_in_whole_blocks(change, size, tensor_of):
    source = tensor_of("BF16", Quantization(4, GROUP, "mxfp4"))
    (chosen,) = choose_types([Draft("t.weight", SHAPE, (source,), change)], RULES)
    assert chosen.type is MXFP4
    expected = np.frombuffer(written(planned(source)), np.float32).reshape(SHAPE)
    for op in change.ops:
        expected = in_numpy(expected, op)
    blocks = np.frombuffer(written(planned(source, change, MXFP4), size), np.uint8).reshape(COUNT, -1)
    assert np.array_equal(dequantize(blocks, MXFP4), expected)


@pytest.mark.parametrize("size", [SHAPE[1], 5 * SHAPE[1], CHUNK])
@pytest.mark.parametrize("change", IN_BLOCKS, ids=str)
@pytest.mark.parametrize(
    ("packing", "output_type", "kind"), [(OTHERS[1], "nvfp4", NVFP4), (OTHERS[2], "auto", Q8_0)], ids=["nvfp4", "q8_0"]
)
def test_other_blocks_move_as_they_are(packing, output_type, kind, change, size, tensor_of):
    source = tensor_of("BF16", packing)
    rules = replace(RULES, options=PlanOptions(OutputType(output_type)))
    (chosen,) = choose_types([Draft("blk.3.ffn_up.weight", SHAPE, (source,), change)], rules)
    assert (chosen.type, chosen.error) == (kind, 0)
    expected = np.frombuffer(written(planned(source)), np.float32).reshape(SHAPE)
    for op in change.ops:
        expected = in_numpy(expected, op)
    blocks = np.frombuffer(written(planned(source, change, kind), size), np.uint8).reshape(COUNT, -1)
    assert np.array_equal(dequantize(blocks, kind), expected)


@pytest.mark.parametrize("size", [COUNT * SHAPE[1], CHUNK])
@pytest.mark.parametrize(
    "change",
    [
        *(Change(within_rows=op) for op in (ONE_BY_ONE, Transpose(3))),
        *(on_values(op) for op in (Scale(0.3), AddConstant(1.0), BY_PARTS)),
    ],
    ids=str,
)
def test_mxfp4_is_dequantized_for_what_blocks_cannot_do(change, size, tensor_of):
    source = tensor_of("BF16", Quantization(4, GROUP, "mxfp4"))
    (chosen,) = choose_types([Draft("t.weight", SHAPE, (source,), change)], RULES)
    assert (chosen.type, DECODED[chosen.method]) == (BF16, "dequantized")
    values = np.frombuffer(written(planned(source)), np.float32).reshape(SHAPE)
    result = np.frombuffer(written(planned(source, change), size), np.float32)
    assert np.array_equal(result, in_numpy(values, *change.ops).reshape(-1))


def test_sources_follow_each_other_and_what_is_computed_comes_from_the_plan(tmp_path):
    experts = tuple(save_one(tmp_path / str(i), normal(4, 32, seed=i)) for i in range(3))
    stack = replace(planned(experts[0]), sources=experts, shape=(3, 4, 32))
    computed = PlannedTensor("rope_freqs.weight", (), (2,), F32, 8, method=Method.COMPUTE, values=(1.0, 0.1))
    jobs = list(jobs_of([(computed,), (stack,)]))
    with WeightReader({part.file for source in experts for part in source.parts}) as reader:
        worker = ChunkWorker(reader, 1)
        data = [worker(0, job)[0].data.tobytes() for job in jobs]
    assert data[0] == np.array([1, 0.1], np.float32).tobytes()
    assert b"".join(data[1:]) == b"".join(normal(4, 32, seed=i).tobytes() for i in range(3))
    assert [len(one) for one in data] == [encoded_size(job, job.tensors[0]) for job in jobs]
