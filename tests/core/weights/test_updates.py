"""What adapters add is the sum that plain arithmetic gives, rounded to float32, wherever a tensor is cut."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.checkpoint_values import Factor, LowRank
from app.core.checkpoint.safetensors_header import read_header
from app.core.errors import ConversionError
from app.core.model.pieces import in_turn, shares
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.factors import FactorReader
from app.core.weights.updates import BLOCK_COLUMNS, updated
from tests.core.weights.one_tensor import normal, save_one

RANKS = (1, 4, 16, 32, 33, 100)


@dataclass(frozen=True)
class Sample:
    """A tensor with updates, its values (float32) and what they are to become (longdouble)."""

    tensor: ModelTensor
    values: np.ndarray
    exact: np.ndarray
    sizes: np.ndarray  # of what is summed: a unit of float32 is one of these


def sample(folder, shape, ranks=(4,), transposed=(False, False), scale=20.0, dora=False) -> Sample:
    """One update for each of `ranks`; `transposed`: how the left and the right factor are stored."""
    random, values = np.random.default_rng(0), normal(*shape)
    base, arrays = save_one(folder, values, "F32"), {}
    exact, sizes = values.astype(np.longdouble), np.abs(values).astype(np.longdouble)
    for number, rank in enumerate(ranks):
        left = random.standard_normal((*shape[:-1], rank)).astype(np.float32)
        right = (random.standard_normal((*shape[:-2], rank, shape[-1])) * 0.001).astype(np.float32)
        for name, factor, turned in (("left", left, transposed[0]), ("right", right, transposed[1])):
            arrays[f"{name}{number}"] = np.ascontiguousarray(factor.swapaxes(-1, -2) if turned else factor)
        exact = exact + scale * (left.astype(np.longdouble) @ right.astype(np.longdouble))
        largest = np.abs(left).max(-1, keepdims=True) * np.abs(right).max(-2, keepdims=True)
        sizes = sizes + scale * rank * largest  # a product is as exact as its factors' largest values allow
        if dora:
            length = (1 + random.random(shape[-2])).astype(np.float32)
            arrays[f"m{number}"] = length
            factors = length[:, None] / np.sqrt((exact * exact).sum(-1, keepdims=True))
            exact, sizes = exact * factors, sizes * factors
    save_file(arrays, folder / "adapter")
    stored = {tensor.name: tensor for tensor in read_header(folder / "adapter").tensors}
    updates = tuple(
        LowRank(
            Factor(stored[f"left{n}"], transposed[0]),
            Factor(stored[f"right{n}"], transposed[1]),
            scale,
            stored.get(f"m{n}"),
        )
        for n in range(len(ranks))
    )
    return Sample(replace(base, updates=updates), values, exact, sizes)


def run(tensor, values, rows=None):
    """`updated` on (n, columns) values, by default all of them."""
    rows = rows or ((0, values.size // values.shape[-1]),)
    lines = np.concatenate([np.arange(first, first + count) for first, count in rows])
    flat = values.reshape(-1, values.shape[-1])
    with WeightReader(dict.fromkeys(tensor.files)) as reader:
        return updated(flat[lines], tensor, rows, FactorReader(reader))


def expect_within_a_unit(found, exact, sizes):
    unit = np.spacing(sizes.astype(np.float32)).astype(np.longdouble)
    assert (np.abs(found.reshape(exact.shape) - exact) <= unit).all()


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("transposed", [(False, False), (True, True)])
def test_a_matrix(rank, transposed, tmp_path):
    one = sample(tmp_path, (40, BLOCK_COLUMNS + 64), (rank,), transposed)
    expect_within_a_unit(run(one.tensor, one.values), one.exact, one.sizes)


def test_a_change_far_below_the_weights_is_rounded_once(tmp_path):
    one = sample(tmp_path, (16, 64), scale=1e-4)
    wide = one.values + (one.exact - one.values).astype(np.float64)
    differing = run(one.tensor, one.values) != wide.astype(np.float32)
    assert differing.mean() < 0.01  # a product's last bits decide where the sum is nearly a tie


@pytest.mark.parametrize("transposed", [(False, False), (True, False)])
def test_experts(transposed, tmp_path):
    one = sample(tmp_path, (3, 24, 64), transposed=transposed)
    expect_within_a_unit(run(one.tensor, one.values), one.exact, one.sizes)


def test_several_adapters_one_after_the_other(tmp_path):
    one = sample(tmp_path, (24, 64), (4, 16, 33))
    expect_within_a_unit(run(one.tensor, one.values), one.exact, one.sizes)


def test_dora_gives_each_row_its_length(tmp_path):
    one = sample(tmp_path, (300, 512), dora=True)
    found = run(one.tensor, one.values)
    expect_within_a_unit(found, one.exact, one.sizes)
    (update,) = one.tensor.updates
    assert update.magnitude
    with WeightReader([update.magnitude.file]) as reader:
        lengths = FactorReader(reader).vector(update.magnitude, (0, 300))
    assert np.allclose(np.linalg.norm(found, axis=1), lengths, rtol=1e-6)


@pytest.mark.parametrize("dora", [False, True])
def test_rows_in_any_order_and_any_number_give_the_same_bits(dora, tmp_path):
    one = sample(tmp_path, (96, 80), (4, 40), (True, False), dora=dora)
    whole = run(one.tensor, one.values)
    order = np.random.default_rng(1).permutation(96)
    moved = run(one.tensor, one.values, tuple((int(row), 1) for row in order))
    assert np.array_equal(moved, whole[order])
    for length in (1, 7, 95):
        parts = [run(one.tensor, one.values, ((row, min(length, 96 - row)),)) for row in range(0, 96, length)]
        assert np.array_equal(np.concatenate(parts), whole)


def test_rows_of_several_experts_give_the_same_bits(tmp_path):
    one = sample(tmp_path, (4, 24, 64))
    whole = run(one.tensor, one.values)
    rows = ((20, 30), (95, 1), (3, 2))  # the first run ends two matrices further on
    lines = [*range(20, 50), 95, 3, 4]
    assert np.array_equal(run(one.tensor, one.values, rows), whole[lines])


@pytest.mark.parametrize("shape", [(48, 64), (3, 48, 64)])
def test_shares_of_rows_take_theirs(shape, tmp_path):
    one = sample(tmp_path, shape, (4, 33))
    whole = run(one.tensor, one.values).reshape(-1, 2, shape[-2] // 2, shape[-1])
    for number in range(2):
        for matrix, piece in enumerate(shares(one.tensor, number, 2)):
            values = one.values.reshape(whole.shape)[matrix, number]
            assert np.array_equal(run(piece, values), whole[matrix, number])


def test_stacks_in_turn_take_theirs(tmp_path):
    first, second = sample(tmp_path / "first", (3, 24, 64)), sample(tmp_path / "second", (3, 24, 64), (16,))
    wholes = [run(one.tensor, one.values).reshape(one.values.shape) for one in (first, second)]
    for number, piece in enumerate(in_turn((first.tensor, second.tensor))):
        expert, stack = divmod(number, 2)
        values = (first, second)[stack].values[expert]
        assert np.array_equal(run(piece, values), wholes[stack][expert])


def test_a_zero_has_one_sign(tmp_path):
    one = sample(tmp_path, (8, 64), scale=0.0)
    found = run(one.tensor, np.full((8, 64), -0.0, np.float32))
    assert not found.any()
    assert not np.signbit(found).any()


def test_an_adapter_with_values_that_are_not_numbers_is_refused(tmp_path):
    one = sample(tmp_path, (8, 64))
    left = one.tensor.updates[0].left.stored
    with left.file.path.open("r+b") as file:
        file.seek(left.offset)
        file.write(np.float32(np.nan).tobytes())
    tensor = replace(one.tensor, updates=(_with_new_stamp(one.tensor.updates[0], left.file.path),))
    with pytest.raises(ConversionError, match="left0 of the adapter holds values that are not numbers"):
        run(tensor, one.values)


def _with_new_stamp(update, path):
    stored = {tensor.name: tensor for tensor in read_header(path).tensors}
    return replace(update, left=Factor(stored["left0"]), right=Factor(stored["right0"]))
