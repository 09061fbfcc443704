"""Which rows of the folder's tensors become which lines of a tensor of the file: the same for every form of it.

What was trained beside a tensor of one form belongs to the rows of another form that become the same lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

from app.core.architectures.line_order import line_numbers, runs
from app.core.architectures.ops import NOTHING, Change, Rows, Transpose
from app.core.model.expected_tensors import ExpectedForm


@dataclass(frozen=True, slots=True)
class Segment:
    """`count` rows of the tensor `name`, counted through all its matrices: the first is `row`, the next `step` further.

    They are the lines of the file's tensor from `line` on; turned, they are the columns of `columns` such lines.
    """

    name: str
    row: int
    count: int
    columns: int
    line: int
    step: int = 1
    is_turned: bool = False

    @property
    def end(self) -> int:
        """The line after the last one."""
        return self.line + (self.columns if self.is_turned else self.count)


def alike(trained: ExpectedForm, held: ExpectedForm) -> tuple[tuple[Segment, ...], tuple[Segment, ...]] | None:
    """The segments of two forms, by line; None where their changes differ in more than the place of rows."""
    changes = trained.change, held.change
    if changes[0] == changes[1] and trained.pieces == held.pieces:
        changes = NOTHING, NOTHING
    if changes[0].values != changes[1].values:
        return None
    found = tuple(segments(form, change) for form, change in zip((trained, held), changes, strict=True))
    first, second = found
    return None if first is None or second is None else (first, second)


def segments(form: ExpectedForm, change: Change) -> tuple[Segment, ...] | None:
    """All rows of a form, by line; None where what is done to them is none of what can be followed here."""
    found: list[Segment] = []
    line = 0
    for piece in _pieces(form):
        lines = _changed(piece, change)
        if lines is None:
            return None
        for one in lines:
            found.append(replace(one, line=line))
            line = found[-1].end
    return tuple(found)


def _pieces(form: ExpectedForm) -> Iterator[Segment]:
    """What is read one after the other, before anything is done to it."""
    count, shape = form.pieces
    if len(shape) < 2:
        return
    names, rows = form.names, prod(shape[:-1])
    number, of = form.form.share or (0, 1)
    for piece in range(count):
        if len(form.form.names) > 1:
            name, place = names[piece % len(names)], piece // len(names)
        elif len(names) > 1:
            name, place = names[piece], 0
        else:
            name, place = names[0], piece * of + number
        yield Segment(name, place * rows, rows, shape[-1], 0)


def _changed(piece: Segment, change: Change) -> tuple[Segment, ...] | None:
    taken: tuple[tuple[int, int], ...] = ((0, piece.count),)
    if isinstance(change.rows, Rows):
        taken = tuple(runs(line_numbers(change.rows.picks)))
    elif change.rows is not None:
        return None
    moved = (replace(piece, row=piece.row + first, count=count) for first, count in taken)
    if change.within_rows is None:
        return tuple(moved)
    if not isinstance(change.within_rows, Transpose):
        return None
    return _turned(tuple(moved), change.within_rows.row_count)


def _turned(taken: tuple[Segment, ...], together: int) -> tuple[Segment, ...] | None:
    if any(one.count % together for one in taken):
        return None
    return tuple(
        replace(one, row=one.row + first, count=together, is_turned=True)
        for one in taken
        for first in range(0, one.count, together)
    )
