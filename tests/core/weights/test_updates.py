"""What adapters add is the sum that plain arithmetic gives, rounded to float32, wherever a tensor is cut."""

from dataclasses import replace

import numpy as np
import pytest

from app.core.checkpoint.checkpoint_values import Factor
from app.core.checkpoint.safetensors_header import read_header
from app.core.errors import ConversionError
from app.core.model.pieces import in_turn, shares
from app.core.weights import factors
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.factors import FactorReader
from app.core.weights.updates import BLOCK_COLUMNS, one_low_rank
from tests.core.weights.updated_samples import RANKS, run, sample


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


def only_change(tensor, rows):
    with WeightReader(dict.fromkeys(tensor.files)) as reader:
        return one_low_rank(tensor, rows, FactorReader(reader))


@pytest.mark.parametrize("rows", [((0, 24),), ((5, 7),), ((20, 4), (3, 2), (9, 1))])
def test_one_change_alone_is_given_as_its_factors(rows, tmp_path):
    one = sample(tmp_path, (24, 64), (40,))
    found = only_change(one.tensor, rows)
    assert found
    assert [left.shape[1] for left in found.lefts] == [32, 8]
    product = sum(left @ right for left, right in zip(found.lefts, found.rights, strict=True))
    lines = np.concatenate([np.arange(first, first + count) for first, count in rows])
    wanted = (product * found.scale + one.values[lines]).astype(np.float32)
    assert np.array_equal(run(one.tensor, one.values, rows), wanted)


def test_what_is_more_than_one_product_is_not_given_as_factors(tmp_path):
    for name in ("several", "dora", "experts"):
        (tmp_path / name).mkdir()
    several = sample(tmp_path / "several", (24, 64), (4, 5)).tensor
    assert only_change(several, ((0, 24),)) is None
    assert only_change(sample(tmp_path / "dora", (24, 64), dora=True).tensor, ((0, 24),)) is None
    experts = sample(tmp_path / "experts", (3, 24, 64)).tensor
    assert only_change(experts, ((20, 8),)) is None  # of two matrices
    assert only_change(experts, ((24, 24),))
    one = replace(several, updates=several.updates[:1])
    partly = replace(one, updates=(replace(one.updates[0], first=-4),))
    assert only_change(partly, ((0, 24),)) is None  # rows that were not trained
    assert only_change(partly, ((4, 20),))


@pytest.mark.parametrize("largest", [0, 1 << 20])
def test_factors_too_large_to_be_kept_give_the_same_bits(largest, tmp_path, monkeypatch):
    one = sample(tmp_path, (24, 64), (40,))
    wanted = run(one.tensor, one.values, ((3, 9),))
    monkeypatch.setattr(factors, "LARGEST", largest)
    assert np.array_equal(run(one.tensor, one.values, ((3, 9),)), wanted)
