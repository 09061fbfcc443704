"""Does what a folder holds have the shape that its family asks for, and fill its place in the file?"""

from math import prod

from app.core.architectures.ops import Columns, PadRows, Picks, Rows
from app.core.model.expected_tensors import ExpectedForm, ExpectedTensor
from app.core.model.sources import Sources
from app.core.text import text


def fits(one: ExpectedTensor, sources: Sources) -> bool:
    """Whether sources have the shape that their form asks for, but for axes of length one."""
    expected, form = _squeezed(sources.form.shape), sources.form
    actual = _squeezed(sources.named[0].shape)
    if one.rule.optional and len(expected) == len(actual) == 2:
        return actual[-1] == expected[-1]  # a head with other rows is a matter of the verdict
    if any(tensor.shape != sources.named[0].shape for tensor in sources.named):
        return False
    if len(sources.tensors) != form.pieces[0]:
        return False
    return actual == expected and all(tensor.element_count > 0 for tensor in sources.named)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def check_value_count(one: ExpectedTensor, form: ExpectedForm) -> None:
    """Raises ValueError when a tensor of the right shape would not fill its place in the file."""
    pieces, shape = form.pieces
    count, change = pieces * prod(shape), form.change
    if isinstance(change.rows, Rows):
        count = count // shape[0] * _line_count(change.rows.picks)
    elif isinstance(change.rows, PadRows):
        count = count // shape[0] * max(change.rows.row_count, shape[0])
    if isinstance(change.within_rows, Columns):
        count = count // shape[-1] * _line_count(change.within_rows.picks)
    if count != prod(one.written_shape):
        raise ValueError(text("{tensor} cannot be divided into its heads", tensor=form.names[0]))


def _line_count(picks: Picks) -> int:
    return sum(prod(last - first for first, last in pick.part) if pick.part else prod(pick.view) for pick in picks)
