"""A family's rules spelled out for one config: every tensor of the file, and what it is made of in either layout."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.architectures import Architecture, Config, Layer, Layout, TensorRule
from app.core.architectures.architecture import AnyChange
from app.core.architectures.ops import NOTHING, Change
from app.core.text import text

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ExpectedTensor:
    """One rule at one layer (0 for what is in no layer)."""

    rule: TensorRule
    layer: Layer

    @property
    def key(self) -> str:
        """The name in the file, or the place in its header; no two wanted tensors share it."""
        if self.rule.key:
            return f"{self.rule.key}[{self.layer.index}]"
        return f"blk.{self.layer.index}.{self.rule.gguf}" if is_layered(self.rule) else self.rule.gguf

    def source_names(self, layout: Layout) -> tuple[str, ...]:
        """What it is made of, by canonical name: one tensor, or one for each of the first axis (experts)."""
        if layout is Layout.MLX and self.rule.split:
            return tuple(name.format(self.layer.index) for name in self.rule.split)
        name = self.rule.saved if layout is Layout.MLX and self.rule.saved else self.rule.name
        if not _is_stack(name):
            return (name.format(self.layer.index),)
        count = self.source_shape(layout)[0]
        return tuple(name.format(self.layer.index, number) for number in range(count))

    def change(self, layout: Layout) -> Change:
        """What is still to be done to what the folder holds."""
        remaining = self.rule.remaining if layout is Layout.MLX else None
        return at(self.layer, self.rule.change if remaining is None else remaining)

    def source_shape(self, layout: Layout) -> Shape:
        """The shape that the sources together must have, rows first, but for axes of length one.

        Matrices of experts have the experts as their first axis.
        """
        is_done = layout is Layout.MLX and self.rule.remaining == NOTHING
        shape = self.written_shape if is_done else self._lengths(self.rule.shape)
        if layout is Layout.MLX and self.rule.split:
            parts = len(self.rule.split)
            return shape[0] * parts, shape[1] // parts, *shape[2:]
        return shape

    @property
    def written_shape(self) -> Shape:
        """The shape in the file, (experts, rows, columns) as NumPy has it; GGUF stores it reversed."""
        return self._lengths(self.rule.written or self.rule.shape)

    def _lengths(self, sizes: tuple[str, ...]) -> Shape:
        return tuple(self.layer.sizes[size] for size in sizes)


def at(layer: Layer, change: AnyChange) -> Change:
    """A change, worked out for one layer."""
    return change(layer) if callable(change) else change


def expected_tensors(family: Architecture, config: Config, layer_count: int, row_count: int) -> list[ExpectedTensor]:
    """Embedding, last norm and head first, then layer by layer. `row_count` is the number of tokens.

    Raises whatever a family's functions raise on a config that makes no sense.
    """
    return list(_wanted(family, config, layer_count, row_count))


def _wanted(family: Architecture, config: Config, layer_count: int, row_count: int) -> Iterator[ExpectedTensor]:
    first = _layer(family, config, 0, row_count)
    yield from (
        ExpectedTensor(rule, first)
        for rule in family.all_tensors
        if not is_layered(rule) and (rule.layers is None or rule.layers(config, 0))
    )
    for index in range(layer_count):
        layer = _layer(family, config, index, row_count)
        for rule in family.all_tensors:
            if is_layered(rule) and (rule.layers is None or rule.layers(config, index)):
                yield ExpectedTensor(rule, layer)


def _is_stack(name: str) -> bool:
    """Whether a name stands for many tensors."""
    return name.count("{}") > 1 or "{1}" in name


def is_layered(rule: TensorRule) -> bool:
    """Whether every layer has a tensor of this rule."""
    return "{}" in rule.name


def _layer(family: Architecture, config: Config, index: int, row_count: int) -> Layer:
    sizes = {**family.all_sizes(config, index), "vocabulary": row_count}
    wrong = [name for name, size in sizes.items() if type(size) is not int or size < 0]
    if wrong:
        raise ValueError(text("{size} is {value!r}", size=wrong[0], value=sizes[wrong[0]]))
    return Layer(config, sizes, index)
