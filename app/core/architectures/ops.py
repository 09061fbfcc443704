"""What can happen to a tensor on its way from the folder to the file: a small closed vocabulary.

An op is plain data, and a `Change` is what happens to one tensor. `weights/` carries an op out in up to two ways: on
values, and on the packed words of MLX, so that a quantized tensor need not be decoded. Rows move, or are made up, while
they are read, which is the same for both; columns move in packed words when whole groups do; everything else needs
values.
"""

from dataclasses import dataclass
from typing import Any

from app.core.text import Text, counted, text

Picks = tuple["Pick", ...]

ROWS_REORDERED, COLUMNS_REORDERED = text("rows reordered"), text("columns reordered")
LARGEST = 1e18  # float32 holds its square, which norms take: llama.cpp ggml-cpu/ops.cpp


@dataclass(frozen=True)
class Pick:
    """Some of the lines of one axis, in an order: the lines numbered as an array of shape `view`, of which the part
    `first` <= index < `last` of each axis is taken, with the axes in `order`.

    `offset` is added to the numbers: a pick may begin in the middle of a tensor.
    """

    view: tuple[int, ...]
    order: tuple[int, ...] = ()
    part: tuple[tuple[int, int], ...] = ()
    offset: int = 0


@dataclass(frozen=True)
class Rows:
    """The rows (the first axis) that the picks name, one pick after the other."""

    picks: Picks
    what: Text = ROWS_REORDERED

    def __str__(self) -> Text:
        return self.what


@dataclass(frozen=True)
class PadRows:
    """Rows of zeros at the end, until there are `row_count`."""

    row_count: int

    def __str__(self) -> Text:
        return counted("{count:,} row, zeros at the end", "{count:,} rows, zeros at the end", self.row_count)


@dataclass(frozen=True)
class Columns:
    """The columns (the last axis) that the picks name."""

    picks: Picks
    what: Text = COLUMNS_REORDERED

    def __str__(self) -> Text:
        return self.what


@dataclass(frozen=True)
class Transpose:
    """Every `row_count` rows are one matrix; each is transposed."""

    row_count: int

    def __str__(self) -> Text:
        return text("transposed")


@dataclass(frozen=True)
class AddConstant:
    """Add `constant` to every value: in float16 for a tensor stored in it, else in float32 (as torch does)."""

    constant: float

    def __post_init__(self) -> None:
        _check_number(self.constant)

    def __str__(self) -> str:
        return f"{self.constant:+g}"


@dataclass(frozen=True)
class Scale:
    """Multiply by `factor`, which is rounded to float32 first, as torch does."""

    factor: float

    def __post_init__(self) -> None:
        _check_number(self.factor)

    def __str__(self) -> str:
        return f"× {self.factor:g}"


@dataclass(frozen=True)
class ScaleRows:
    """Multiply consecutive rows: (how many, by what), together all rows of the tensor."""

    parts: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        for _, factor in self.parts:
            _check_number(factor)

    def __str__(self) -> Text:
        return text("rows scaled")


@dataclass(frozen=True)
class NegativeExp:
    """-exp(x): state-space models keep the logarithm of their decay."""

    def __str__(self) -> str:
        return "−exp"


def _check_number(value: Any) -> None:
    """Numbers of ops may come straight from config.json. Raises ValueError for what is none, or too large."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= LARGEST:  # NaN compares as false
        raise ValueError(text("{value!r:.40} is not a usable number", value=value))


RowOp = Rows | PadRows
WithinRows = Columns | Transpose
ValueOp = AddConstant | Scale | ScaleRows | NegativeExp
Op = RowOp | WithinRows | ValueOp


@dataclass(frozen=True)
class Change:
    """All that happens to one tensor, in the order in which the pipeline does it; false where nothing does.

    `rows` happens while the bytes are read; then `within_rows`, which leaves each row, or for a transposition each
    matrix, in its place; then `values`, one after the other. No tensor has needed two moves of one kind.
    """

    rows: RowOp | None = None
    within_rows: WithinRows | None = None
    values: tuple[ValueOp, ...] = ()

    @property
    def ops(self) -> tuple[Op, ...]:
        """In order, to be told one by one."""
        moves = (op for op in (self.rows, self.within_rows) if op is not None)
        return (*moves, *self.values)

    def __bool__(self) -> bool:
        return bool(self.ops)


NOTHING = Change()


def on_values(*ops: ValueOp) -> Change:
    """A change in which nothing moves."""
    return Change(values=ops)


PLUS_ONE = on_values(AddConstant(1.0))  # norms that are stored zero-centred
