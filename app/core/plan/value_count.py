"""How many values ops leave: sizes that do not divide, in a strange config.json, would lose some."""

from math import prod

from app.core.architectures import Layout
from app.core.architectures.ops import Columns, PadRows, Picks, Rows
from app.core.plan.wanted_tensors import WantedTensor


def check_value_count(one: WantedTensor, layout: Layout) -> None:
    """Raises ValueError when a tensor of the right shape would not fill its place in the file."""
    shape, count = one.source_shape(layout), prod(one.source_shape(layout))
    if len(one.source_names(layout)) > 1:
        shape = shape[1:]  # ops are done to each expert
    for op in one.ops(layout):
        if isinstance(op, Rows):
            count = count // shape[0] * _line_count(op.picks)
        elif isinstance(op, PadRows):
            count = count // shape[0] * max(op.row_count, shape[0])
        elif isinstance(op, Columns):
            count = count // shape[-1] * _line_count(op.picks)
    if count != prod(one.written_shape):
        raise ValueError(f"{one.key} cannot be divided as its heads ask for")


def _line_count(picks: Picks) -> int:
    return sum(prod(last - first for first, last in pick.part) if pick.part else prod(pick.view) for pick in picks)
