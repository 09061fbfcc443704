"""Packed tensors whose shapes can be read in several ways are read as wide as their family's layers are.

mlx-lm's loader does the same (utils.py, infer_quant_config), where settings do not name a module.
"""

from collections.abc import Iterable, Mapping

from app.core.architectures import Architecture, Layout
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.packings import read_as
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.source_tensors import canonical_name


def settled(
    tensors: tuple[ModelTensor, ...], family: Architecture, expected: Iterable[ExpectedTensor], layout: Layout
) -> tuple[ModelTensor, ...]:
    """The same tensors; what is in doubt, or read as of another width, is read anew where one way fits.

    Where a tensor has the same name in both layouts, and rows of another width, the folder's own `layout` counts.
    """
    if not any(tensor.ways for tensor in tensors):
        return tensors
    widths = _widths(tuple(expected), layout)
    return tuple(
        _settled(tensor, widths.get(canonical_name(family, tensor.name))) if tensor.ways else tensor
        for tensor in tensors
    )


def _widths(expected: tuple[ExpectedTensor, ...], layout: Layout) -> Mapping[str, int]:
    """How many values a row has, by canonical name."""
    widths: dict[str, int] = {}
    for arrangement in (layout, *(other for other in Layout if other is not layout)):
        for one in expected:
            shape = one.source_shape(arrangement)
            if shape:
                widths.update({name: shape[-1] for name in one.source_names(arrangement) if name not in widths})
    return widths


def _settled(tensor: ModelTensor, width: int | None) -> ModelTensor:
    if tensor.quantization is not None and tensor.shape[-1] == width:
        return tensor
    readings = (read_as(tensor, way) for way in tensor.ways)
    return next((one for one in readings if one.shape[-1] == width), tensor)
