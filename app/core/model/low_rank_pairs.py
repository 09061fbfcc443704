"""What adapters add to one tensor of the file, as two thin matrices for each of its matrices: from shapes alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod

from app.core.architectures.ops import AddConstant, Change, Rows, Scale, ScaleRows, Transpose
from app.core.checkpoint import ModelTensor, WeightFile
from app.core.checkpoint.checkpoint_values import Factor, LowRank
from app.core.text import text


@dataclass(frozen=True)
class Term:
    """One update of a block: `count` rows from `first` on of matrix number `matrix` of the left factor, all of the
    right. They are the block's rows from `at` on.
    """

    update: LowRank
    matrix: int
    first: int
    at: int
    count: int

    @property
    def shared(self) -> tuple[Factor, int]:
        """Terms whose right factor is the same matrix can share it in the file."""
        return self.update.right, self.matrix


@dataclass(frozen=True)
class Block:
    """One matrix of a source, (row_count, columns), and what is added to it."""

    row_count: int
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Pair:
    """What is added to the tensor `name` of `shape`: b · a for each matrix, with b and a of one rank for all.

    `groups` are blocks that lie below each other; each group makes one matrix of the tensor, or several of them.
    `change` is done to each block. `multiplier` has a number for each matrix, with which llama.cpp multiplies what the
    base's matrix gives, and not what an adapter adds: src/llama-graph.cpp, w_s of build_lora_mm.
    """

    name: str
    shape: tuple[int, ...]
    groups: tuple[tuple[Block, ...], ...]
    change: Change
    multiplier: ModelTensor | None = None

    @property
    def matrices(self) -> tuple[int, ...]:
        """() for a tensor of one matrix, (experts,) for a stack."""
        return self.shape[:-2]

    @property
    def row_count(self) -> int:
        """Rows of each matrix; a vector is a matrix of one row."""
        return self.shape[-2] if len(self.shape) > 1 else 1

    @property
    def is_transposed(self) -> bool:
        """Whether rows become columns."""
        return isinstance(self.change.within_rows, Transpose)

    @cached_property
    def rank(self) -> int:
        """Of the file: that of the group with the most terms, of which those that share a factor count once."""
        return max(sum(found.values()) for found in map(self.ranks, self.groups))

    def ranks(self, group: tuple[Block, ...]) -> dict[object, int]:
        """Ranks of a group's terms by what they share, in the order in which they stand beside each other."""
        terms = (term for block in group for term in block.terms)
        return {self._shared(number, term): term.update.rank for number, term in enumerate(terms)}

    def _shared(self, number: int, term: Term) -> object:
        return number if self.is_transposed else term.shared

    def numbered(self, group: tuple[Block, ...]) -> Iterator[tuple[Block, list[tuple[object, Term]]]]:
        """Each block with its terms and what they share."""
        number = 0
        for block in group:
            keys = [self._shared(number + index, term) for index, term in enumerate(block.terms)]
            number += len(keys)
            yield block, list(zip(keys, block.terms, strict=True))

    @property
    def files(self) -> tuple[WeightFile, ...]:
        """Where its values come from."""
        terms = (term for group in self.groups for block in group for term in block.terms)
        parts = (part.file for term in terms for part in term.update.parts)
        return (*parts, *(self.multiplier.files if self.multiplier is not None else ()))


class NotLowRankError(Exception):
    """What is added to a tensor cannot be two thin matrices; the argument says why."""


def pair_of(name: str, shape: tuple[int, ...], sources: tuple[ModelTensor, ...], change: Change) -> Pair | None:
    """What is added to a tensor of the file; None where nothing is. Raises NotLowRankError."""
    if not any(source.updates for source in sources):
        return None
    _check(sources, change)
    blocks = tuple(block for source in sources for block in _blocks(source))
    count = prod(shape[:-2])
    if count % len(blocks) and len(blocks) % count:
        raise NotLowRankError(text("the file arranges these matrices in another way"))
    each = max(1, len(blocks) // count)
    groups = tuple(blocks[first : first + each] for first in range(0, len(blocks), each))
    return Pair(name, shape, groups, change)


def _check(sources: tuple[ModelTensor, ...], change: Change) -> None:
    """Whether the change is one that two factors can go through: moves, and multiplications by numbers."""
    if any(update.magnitude is not None for source in sources for update in source.updates):
        raise NotLowRankError(text("DoRA scales each row by a length that depends on the base model's weights"))
    if any(not isinstance(op, AddConstant | Scale | ScaleRows) for op in change.values):
        raise NotLowRankError(text("the file stores a function of the weights"))
    by_rows = isinstance(change.rows, Rows) or any(isinstance(op, ScaleRows) for op in change.values)
    in_parts = isinstance(change.within_rows, Transpose) and (
        by_rows or any(change.within_rows.row_count != source.shape[-2] for source in sources)
    )
    if in_parts or ((change.rows is not None or by_rows) and any(len(source.shape) > 2 for source in sources)):
        raise NotLowRankError(text("the file arranges these matrices in another way"))


def _blocks(source: ModelTensor) -> Iterator[Block]:
    *outer, rows, _ = source.shape
    for number in range(prod(outer)):
        terms = (_term(update, number * rows, rows) for update in source.updates)
        yield Block(rows, tuple(term for term in terms if term is not None))


def _term(update: LowRank, row: int, row_count: int) -> Term | None:
    """What an update adds to the rows of one matrix of a tensor, from `row` on; None where that is nothing."""
    begin, count = update.touched(row, row_count)
    if not count:
        return None
    matrix, first = divmod(update.first + begin, update.row_count)
    if first + count > update.row_count:
        raise NotLowRankError(text("the file arranges these matrices in another way"))
    return Term(update, matrix, first, begin - row, count)
