"""Two thin matrices for every change that rows and columns go through, against the same change of the whole product."""

from dataclasses import replace

import numpy as np
import pytest

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
from app.core.checkpoint import ModelTensor, StoredTensor, WeightFile
from app.core.checkpoint.checkpoint_values import Factor, LowRank
from app.core.model.low_rank_pairs import NotLowRankError, pair_of
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.low_rank_pairs import factors

ROWS, COLUMNS, RANK = 6, 8, 2
TURNED = (Pick((3, 2), (1, 0)),)


class Folder:
    """A file of float32 factors, that grows."""

    def __init__(self, path):
        self.path, self.arrays, self.size = path, {}, 0
        self.random = np.random.default_rng(1)

    def update(self, rows=ROWS, rank=RANK, right=None, experts=(), scale=2.0):
        left = self._factor((*experts, rows, rank))
        return LowRank(left, right or self._factor((*experts, rank, COLUMNS)), scale)

    def tensor(self, *updates, rows=ROWS, experts=()):
        stored = StoredTensor("w", "F32", (*experts, rows, COLUMNS), self.file, 0, 0)
        return ModelTensor("w", stored.shape, "F32", stored, updates=updates)

    def _factor(self, shape):
        array = self.random.standard_normal(shape, np.float32)
        name, offset = f"f{len(self.arrays)}", self.size
        self.arrays[name] = array
        self.size += array.nbytes
        return Factor(StoredTensor(name, "F32", shape, self.file, offset, array.nbytes))

    @property
    def file(self):
        return WeightFile(self.path, 0, 0, 0)

    def change_of(self, tensor):
        """What is added to its values, (…, rows, columns) float64."""
        found = np.zeros(tensor.shape)
        for update in tensor.updates:
            left, right = (self.arrays[one.stored.name].astype(np.float64) for one in (update.left, update.right))
            rows = (left @ right).reshape(-1, COLUMNS)[update.first :][: found.reshape(-1, COLUMNS).shape[0]]
            found += update.scale * rows.reshape(found.shape)
        return found

    def factors_of(self, pair):
        self.path.write_bytes(b"".join(array.tobytes() for array in self.arrays.values()))
        status = self.path.stat()
        file = WeightFile(self.path, status.st_size, status.st_mtime_ns, 0)
        groups = tuple(tuple(self._really(block, file) for block in group) for group in pair.groups)
        with WeightReader({file: None}) as reader:
            return factors(replace(pair, groups=groups), reader)

    def _really(self, block, file):
        def there(factor):
            return replace(factor, stored=replace(factor.stored, file=file))

        terms = (
            replace(t, update=replace(t.update, left=there(t.update.left), right=there(t.update.right)))
            for t in block.terms
        )
        return replace(block, terms=tuple(terms))


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "factors")


def expect(folder, shape, sources, change, done):
    """`done` to what is added to each source, one after the other."""
    pair = pair_of("blk.0.x.weight", shape, sources, change)
    assert pair is not None
    a, b = folder.factors_of(pair)
    expected = np.concatenate([done(folder.change_of(source)).reshape(-1, shape[-1]) for source in sources])
    assert a.shape == (*shape[:-2], pair.rank, shape[-1])
    assert b.shape == (*shape[:-1], pair.rank)
    assert np.allclose(b.astype(np.float64) @ a, expected.reshape(shape), atol=1e-5)
    return pair


@pytest.mark.parametrize(
    ("change", "shape", "done"),
    [
        (NOTHING, (6, 8), lambda x: x),
        (Change(rows=Rows(TURNED)), (6, 8), lambda x: x[[0, 2, 4, 1, 3, 5]]),
        (Change(rows=Rows((Pick((6,), part=((2, 5),)),))), (3, 8), lambda x: x[2:5]),
        (Change(rows=PadRows(9)), (9, 8), lambda x: np.pad(x, ((0, 3), (0, 0)))),
        (Change(within_rows=Columns((Pick((2, 4), (1, 0)),))), (6, 8), lambda x: x[:, [0, 4, 1, 5, 2, 6, 3, 7]]),
        (Change(within_rows=Transpose(6)), (8, 6), lambda x: x.T),
        (on_values(Scale(0.5), AddConstant(1.0)), (6, 8), lambda x: 0.5 * x),
        (on_values(ScaleRows(((2, 3.0), (4, -1.0)))), (6, 8), lambda x: x * np.array([3, 3, -1, -1, -1, -1])[:, None]),
    ],
)
def test_the_product_changes_as_the_weights_do(change, shape, done, folder):
    pair = expect(folder, shape, (folder.tensor(folder.update()),), change, done)
    assert pair.rank == RANK


def test_separate_updates_stand_beside_each_other(folder):
    """Query, key and value that are one matrix in the file; of the key nothing was trained."""
    one, other = folder.tensor(folder.update()), folder.tensor(folder.update(rows=2, rank=3), rows=2)
    pair = expect(folder, (12, 8), (one, folder.tensor(rows=4), other), NOTHING, lambda x: x)
    assert pair.rank == RANK + 3


def test_those_that_share_a_factor_share_its_place(folder):
    first = folder.update()
    sources = folder.tensor(first), folder.tensor(folder.update(right=first.right, scale=0.5))
    assert expect(folder, (12, 8), sources, NOTHING, lambda x: x).rank == RANK


def test_two_adapters_on_one_matrix(folder):
    pair = expect(folder, (6, 8), (folder.tensor(folder.update(), folder.update(rank=1)),), NOTHING, lambda x: x)
    assert pair.rank == RANK + 1


def test_experts_in_a_stack_and_apart(folder):
    expect(folder, (3, 6, 8), (folder.tensor(folder.update(experts=(3,)), experts=(3,)),), NOTHING, lambda x: x)
    apart = tuple(folder.tensor(folder.update(rank=rank)) for rank in (1, 3, 2))
    assert expect(folder, (3, 6, 8), apart, NOTHING, lambda x: x).rank == 3


def test_experts_of_which_each_is_cut_in_two(folder):
    gates, ups = folder.update(experts=(2,)), folder.update(experts=(2,))
    pieces = (folder.tensor(replace(one, first=number * ROWS)) for number in range(2) for one in (gates, ups))
    assert expect(folder, (2, 12, 8), tuple(pieces), NOTHING, lambda x: x).rank == 2 * RANK


def test_what_is_not_trained_has_no_pair(folder):
    assert pair_of("x", (6, 8), (folder.tensor(),), NOTHING) is None


@pytest.mark.parametrize("change", [on_values(NegativeExp()), Change(within_rows=Transpose(3))])
def test_what_is_no_move_of_whole_rows_or_columns_is_refused(change, folder):
    with pytest.raises(NotLowRankError):
        pair_of("x", (6, 8), (folder.tensor(folder.update()),), change)
