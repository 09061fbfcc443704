"""Does what a folder holds have the shape that its family asks for, and fill its place in the file?"""

from math import prod

from app.core.architectures import Layout
from app.core.architectures.ops import Columns, PadRows, Picks, Rows
from app.core.checkpoint import ModelTensor
from app.core.model.expected_tensors import ExpectedTensor
from app.core.text import text


def fits(one: ExpectedTensor, tensors: tuple[ModelTensor, ...], layout: Layout) -> bool:
    """Whether sources have the shape that a rule asks for, but for axes of length one."""
    expected = _squeezed(one.source_shape(layout))
    is_one = len(tensors) == len(one.source_names(layout)) == 1
    actual = _squeezed(tensors[0].shape if is_one else (len(tensors), *tensors[0].shape))
    if one.rule.optional and len(expected) == len(actual) == 2:
        return actual[-1] == expected[-1]  # a head with other rows is a matter of the verdict
    if any(tensor.shape != tensors[0].shape for tensor in tensors):
        return False
    return actual == expected and all(tensor.element_count > 0 for tensor in tensors)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def check_value_count(one: ExpectedTensor, layout: Layout) -> None:
    """Raises ValueError when a tensor of the right shape would not fill its place in the file."""
    shape, count = one.source_shape(layout), prod(one.source_shape(layout))
    if len(one.source_names(layout)) > 1:
        shape = shape[1:]  # each expert is changed by itself
    change = one.change(layout)
    if isinstance(change.rows, Rows):
        count = count // shape[0] * _line_count(change.rows.picks)
    elif isinstance(change.rows, PadRows):
        count = count // shape[0] * max(change.rows.row_count, shape[0])
    if isinstance(change.within_rows, Columns):
        count = count // shape[-1] * _line_count(change.within_rows.picks)
    if count != prod(one.written_shape):
        raise ValueError(text("{tensor} cannot be divided into its heads", tensor=one.source_names(layout)[0]))


def _line_count(picks: Picks) -> int:
    return sum(prod(last - first for first, last in pick.part) if pick.part else prod(pick.view) for pick in picks)
