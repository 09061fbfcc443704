"""Does what a folder holds have the shape that its family asks for?"""

from app.core.architectures import Layout
from app.core.checkpoint import ModelTensor
from app.core.plan.wanted_tensors import WantedTensor


def fits(one: WantedTensor, tensors: tuple[ModelTensor, ...], layout: Layout) -> bool:
    """Whether sources have the shape that a rule asks for, but for axes of length one."""
    expected = _squeezed(one.source_shape(layout))
    actual = _squeezed(tensors[0].shape if len(one.source_names(layout)) == 1 else (len(tensors), *tensors[0].shape))
    if one.rule.optional and len(expected) == len(actual) == 2:
        return actual[-1] == expected[-1]  # a head with other rows is a matter of the verdict
    if any(tensor.shape != tensors[0].shape for tensor in tensors):
        return False
    return actual == expected and all(tensor.element_count > 0 for tensor in tensors)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)
