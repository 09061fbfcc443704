"""A family's rules spelled out for one config: every tensor of the file, and the forms of what it is made of."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.architectures import Architecture, Config, Layer, Layout, TensorRule
from app.core.architectures.architecture import AnyChange, Form
from app.core.architectures.ops import Change
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

    def form(self, layout: Layout) -> "ExpectedForm":
        """What a folder in one layout holds of it."""
        return self.forms(layout)[0]

    def forms(self, layout: Layout) -> tuple["ExpectedForm", ...]:
        """What a folder may hold of it, the likeliest in this layout first; no two have the same names."""
        return tuple(ExpectedForm(form, self.layer) for form in self.rule.forms[layout])

    @property
    def written_shape(self) -> Shape:
        """The shape in the file, (experts, rows, columns) as NumPy has it; GGUF stores it reversed."""
        return lengths(self.layer, self.rule.written or self.rule.shape)


@dataclass(frozen=True)
class ExpectedForm:
    """One form of an expected tensor, spelled out."""

    form: Form
    layer: Layer

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names of what it consists of."""
        if self._is_stack:
            (name,), count = self.form.names, self._whole[0]
            return tuple(name.format(self.layer.index, number) for number in range(count))
        return tuple(name.format(self.layer.index) for name in self.form.names)

    @property
    def shape(self) -> Shape:
        """The shape in the folder of each tensor that it names, rows first, but for axes of length one."""
        whole = self._whole
        if len(self.form.names) > 1:
            return whole[0], whole[1] // len(self.form.names), *whole[2:]
        if self.form.share:
            *stacked, rows, columns = whole
            return *stacked, rows * self.form.share[1], columns
        return whole[1:] if self._is_stack else whole

    @property
    def pieces(self) -> tuple[int, Shape]:
        """How many tensors are read one after the other, and their shape: what stacks are cut into, or all as named."""
        whole, shape = self._whole, self.shape
        if len(self.form.names) > 1:
            return whole[0] * len(self.form.names), shape[1:]
        is_cut = self._is_stack or (self.form.share and len(whole) > 2)
        return (whole[0], whole[1:]) if is_cut else (1, whole)

    @property
    def _is_stack(self) -> bool:
        return _is_stack(self.form.names[0])

    @property
    def _whole(self) -> Shape:
        return lengths(self.layer, self.form.shape)

    @property
    def change(self) -> Change:
        """What is still to be done to each piece."""
        return at(self.layer, self.form.change)


def lengths(layer: Layer, sizes: tuple[str, ...]) -> Shape:
    """A shape in numbers."""
    return tuple(layer.sizes[size] for size in sizes)


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
    layered = [rule for rule in family.all_tensors if is_layered(rule)]
    for index in range(layer_count):
        layer = _layer(family, config, index, row_count)
        for rule in layered:
            if rule.layers is None or rule.layers(config, index):
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
