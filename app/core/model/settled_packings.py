"""Packed tensors whose shapes can be read in several ways are read as wide as their family's layers are.

mlx-lm's loader does the same (utils.py, infer_quant_config), where settings do not name a module.
"""

from collections.abc import Iterable, Mapping

from app.core.architectures import Architecture, Layout
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.packings import read_as
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor


def settled(
    tensors: tuple[ModelTensor, ...], family: Architecture, expected: Iterable[ExpectedTensor], layout: Layout
) -> tuple[ModelTensor, ...]:
    """The same tensors; what is in doubt, or read as of another width, is read anew where one way fits.

    Where a tensor has the same name in several forms, and rows of another width, the likeliest in `layout` counts.
    """
    names = {tensor.name: canonical_name(family, tensor.name) for tensor in tensors if tensor.ways}
    if not names:
        return tensors
    widths = _widths(set(names.values()), tuple(expected), layout)
    return tuple(_settled(one, widths.get(names[one.name])) if one.ways else one for one in tensors)


def _widths(names: set[str], expected: tuple[ExpectedTensor, ...], layout: Layout) -> Mapping[str, int]:
    """How many values a row has, by canonical name, as far as the family has tensors of these names."""
    widths: dict[str, int] = {}
    for place in range(max((len(one.rule.forms[layout]) for one in expected), default=0)):
        missing = names - widths.keys()
        having = expected if missing else ()  # unlikely forms have very many names, where experts are apart
        for form in (one.forms(layout)[place] for one in having if len(one.rule.forms[layout]) > place):
            shape = form.shape
            widths.update({name: shape[-1] for name in form.names if shape and name in missing})
    return widths


def _settled(tensor: ModelTensor, width: int | None) -> ModelTensor:
    if tensor.quantization is not None and tensor.shape[-1] == width:
        return tensor
    readings = (read_as(tensor, way) for way in tensor.ways)
    return next((one for one in readings if one.shape[-1] == width), tensor)
