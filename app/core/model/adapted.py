"""Adapters are put on the base's tensors: what was trained beside a module belongs to that module's weight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from app.core.adapter import Adapter, Dialect, LowRankModule
from app.core.architectures import Architecture, Layout
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.checkpoint.checkpoint_values import Factor, LowRank
from app.core.findings import Finding, blocker, warning
from app.core.human_text import shape_in_words
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedForm, ExpectedTensor
from app.core.model.left_out import reason_to_leave_out
from app.core.text import counted, text

WEIGHT = ".weight"


@dataclass(frozen=True)
class Applied:
    """An adapter, and by how much it counts: 1 as it was trained."""

    adapter: Adapter
    strength: float = 1.0


@dataclass(frozen=True)
class Adapted:
    """The base's tensors with what adapters add to them, and what is wrong about that."""

    tensors: tuple[ModelTensor, ...]
    findings: tuple[Finding, ...] = ()


def adapted(
    tensors: tuple[ModelTensor, ...],
    applied: Iterable[Applied],
    family: Architecture,
    expected: tuple[ExpectedTensor, ...],
) -> Adapted:
    """One adapter after the other. Shapes and names are checked; no weights are read."""
    findings: list[Finding] = []
    for one in applied:
        fitting = _Fitting(tensors, family, expected)
        for module in one.adapter.modules:
            fitting.add(module, one)
        for whole in one.adapter.whole:
            fitting.replace(whole)
        tensors = fitting.tensors
        findings += fitting.findings(one.adapter)
    return Adapted(tensors, tuple(findings))


class _Fitting:
    """One adapter on its way onto the tensors of a model."""

    def __init__(self, tensors: tuple[ModelTensor, ...], family: Architecture, expected: tuple[ExpectedTensor, ...]):
        self._tensors, self._family, self._expected = tensors, family, expected
        self._by_name = {canonical_name(family, tensor.name): tensor for tensor in tensors}
        self._changed: dict[str, ModelTensor] = {}
        self._added: list[ModelTensor] = []
        self._strangers: list[str] = []
        self._wrong: list[Finding] = []

    @property
    def tensors(self) -> tuple[ModelTensor, ...]:
        changed = {tensor.name: tensor for tensor in self._changed.values()}
        return (*(changed.get(tensor.name, tensor) for tensor in self._tensors), *self._added)

    def add(self, module: LowRankModule, applied: Applied) -> None:
        """What was trained beside a module, to its weight, or to those of the experts that are apart."""
        name = canonical_name(self._family, module.module + WEIGHT)
        places = [name] if name in self._by_name else self._apart.get(name, [])
        if not places or any(place not in self._by_name for place in places):
            self._strangers.append(module.module)
            return
        is_embedding = name == self._family.embedding
        for number, place in enumerate(places):
            base = self._changed.get(place, self._by_name[place])
            update = _update(module, base, applied, is_embedding, len(places), number)
            if update is None:
                self._wrong.append(_misfit(module, base))
                return
            self._changed[place] = replace(base, updates=(*base.updates, update))

    def replace(self, whole: StoredTensor) -> None:
        """A tensor that takes the place of the base's, or that only the fine-tuned model has: a head of its own."""
        name = canonical_name(self._family, whole.name)
        base = self._by_name.get(name)
        if base is None and name in self._known:
            self._added.append(_stored(whole.name, whole))
        elif base is None:
            self._strangers.append(whole.name)
        elif base.shape != whole.shape:
            self._wrong.append(_other_shape(whole, base))
        else:
            self._changed[name] = _stored(base.name, whole)

    def findings(self, adapter: Adapter) -> tuple[Finding, ...]:
        """Layers that nobody knows come first: they mean that it is not this model."""
        left_out = [name for name in self._strangers if reason_to_leave_out(self._family, name)]
        strangers = [name for name in self._strangers if name not in left_out]
        found = [_unknown(strangers, len(adapter.modules) + len(adapter.whole))] if strangers else []
        return (*found, *self._wrong[:1], *([_left_out(left_out)] if left_out else []))

    @cached_property
    def _forms(self) -> tuple[tuple[ExpectedForm, ...], ...]:
        return tuple(one.forms(Layout.MLX) for one in self._expected)

    @cached_property
    def _known(self) -> set[str]:
        """What the model may have, in any form."""
        return {name for forms in self._forms for form in forms for name in form.names}

    @cached_property
    def _apart(self) -> Mapping[str, list[str]]:
        """Names of stacks of experts → those of their matrices one by one, as models are published."""
        return {
            stack.names[0]: list(apart.names)
            for forms in self._forms
            for stack in forms
            for apart in forms
            if len(stack.names) == 1 and stack.form.share is None and len(apart.form.names) == 1 < len(apart.names)
            if (stack.pieces, stack.change) == (apart.pieces, apart.change)
        }


def _update(
    module: LowRankModule, base: ModelTensor, applied: Applied, is_embedding: bool, parts: int, number: int
) -> LowRank | None:
    """None where the factors do not fit the tensor; of several `parts` it is one matrix of those that were trained."""
    is_stack = len(module.a.shape) == 3
    swapped = is_embedding != (applied.adapter.dialect is Dialect.MLX and not is_stack)
    first, second = (module.a, module.b) if is_embedding else (module.b, module.a)
    left, right = Factor(first, swapped), Factor(second, swapped)
    rows = base.shape[-2] if len(base.shape) > 1 else 0
    outer = (parts,) if parts > 1 else base.shape[:-2]
    if left.shape[:-1] != (*outer, rows) or (*right.shape[:-2], right.shape[-1]) != (*outer, base.shape[-1]):
        return None
    if module.magnitude is not None and (module.magnitude.shape != (rows,) or outer):
        return None
    return LowRank(left, right, module.scale * applied.strength, module.magnitude, number * rows)


def _stored(name: str, whole: StoredTensor) -> ModelTensor:
    return ModelTensor(name, whole.shape, whole.dtype, whole)


def _misfit(module: LowRankModule, base: ModelTensor) -> Finding:
    return blocker(
        "adapter-misfit",
        text(
            "The adapter was trained for another model: its factors {a} and {b} for {module} do not fit {shape}.",
            module=module.module,
            a=shape_in_words(module.a.shape),
            b=shape_in_words(module.b.shape),
            shape=shape_in_words(base.shape),
        ),
        text("Added to this model, its changes would make no sense."),
        text("Choose the model that the adapter was trained on: adapter_config.json names it."),
        module.module,
    )


def _other_shape(whole: StoredTensor, base: ModelTensor) -> Finding:
    return blocker(
        "adapter-misfit",
        text(
            "The adapter was trained for another model: its {tensor} is {shape}, the model's {expected}.",
            tensor=whole.name,
            shape=shape_in_words(whole.shape),
            expected=shape_in_words(base.shape),
        ),
        text("Added to this model, its changes would make no sense."),
        text("Choose the model that the adapter was trained on: adapter_config.json names it."),
        whole.name,
    )


def _unknown(names: list[str], total: int) -> Finding:
    return blocker(
        "adapter-of-other-layers",
        counted(
            "{count:,} of {total:,} changes of the adapter is for a layer that this model does not have: {names}.",
            "{count:,} of {total:,} changes of the adapter are for layers that this model does not have: {names}.",
            len(names),
            total=total,
            names=", ".join(names[:3]) + (", …" if len(names) > 3 else ""),
        ),
        text("Part of the fine-tune would be lost."),
        text(
            "Choose the model that the adapter was trained on. If it is that model as it was published, save it with "
            "mlx_lm.convert first, and use that folder."
        ),
        names[0],
    )


def _left_out(names: list[str]) -> Finding:
    return warning(
        "adapter-beside-the-text",
        counted(
            "{count:,} change of the adapter is for a part that is left out of the file: {names}.",
            "{count:,} changes of the adapter are for parts that are left out of the file: {names}.",
            len(names),
            names=", ".join(names[:3]) + (", …" if len(names) > 3 else ""),
        ),
        text("The file holds the text model only, with all its changes."),
        subject=names[0],
    )
