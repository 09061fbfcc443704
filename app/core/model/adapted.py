"""Adapters are put on the base's tensors: what was trained beside a module belongs to that module's weight."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from app.core.adapter import Adapter, Dialect, LowRankModule
from app.core.architectures import Architecture, Layout
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.checkpoint.checkpoint_values import LowRank
from app.core.findings import Finding
from app.core.model.adapter_findings import counts_zero_times, left_out, misfit, not_low_rank, other_shape, unknown
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.left_out import reason_to_leave_out
from app.core.model.placing import MisfitError, Places
from app.core.model.trained import NotLowRankError


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
    layout: Layout,
) -> Adapted:
    """One adapter after the other. Shapes and names are checked; no weights are read."""
    findings: list[Finding] = []
    for one in applied:
        fitting = _Fitting(tensors, family, expected, one.adapter.dialect, layout)
        for whole in one.adapter.whole:
            fitting.replace(whole)
        fitting.add(one.adapter.modules, one.strength)
        tensors = fitting.tensors
        findings += fitting.findings(one.adapter, one.strength)
    return Adapted(tensors, tuple(findings))


class _Fitting:
    """One adapter on its way onto the tensors of a model."""

    def __init__(
        self,
        tensors: tuple[ModelTensor, ...],
        family: Architecture,
        expected: tuple[ExpectedTensor, ...],
        dialect: Dialect,
        layout: Layout,
    ) -> None:
        self._tensors, self._family, self._expected = tensors, family, expected
        self._by_name = {canonical_name(family, tensor.name): tensor for tensor in tensors}
        self._dialect, self._layout = dialect, layout
        self._changed: dict[str, ModelTensor] = {}
        self._added: dict[str, ModelTensor] = {}
        self._strangers: list[str] = []
        self._wrong: list[Finding] = []

    @property
    def tensors(self) -> tuple[ModelTensor, ...]:
        changed = {tensor.name: tensor for tensor in self._changed.values()}
        return (*(changed.get(tensor.name, tensor) for tensor in self._tensors), *self._added.values())

    def replace(self, whole: StoredTensor) -> None:
        """A tensor that takes the place of the base's, or that only the fine-tuned model has: a head of its own."""
        name = self._places.name_of(whole.name)
        base = self._by_name.get(name)
        if base is None and name in self._known:
            self._added[name] = self._by_name[name] = _stored(name, whole)
        elif base is None:
            self._strangers.append(whole.name)
        elif base.shape != whole.shape:
            self._wrong.append(other_shape(whole, base))
        elif self._places.differs(name):
            self._wrong.append(not_low_rank(whole.name))
        else:
            self._changed[name] = _stored(base.name, whole)

    def add(self, modules: Iterable[LowRankModule], strength: float) -> None:
        """What was trained beside modules, to their weights in whatever form the model has them."""
        updates: dict[str, list[LowRank]] = {}
        for module in modules:
            try:
                placed = self._places.of(module)
            except MisfitError as error:
                self._wrong.append(misfit(module, error.base))
                continue
            except NotLowRankError:
                self._wrong.append(not_low_rank(module.module))
                continue
            if not placed:
                self._strangers.append(module.module)
            for name, update in placed:
                updates.setdefault(name, []).append(replace(update, scale=update.scale * strength))
        for name, added in updates.items():
            where = self._added if name in self._added else self._changed
            base = self._added.get(name) or self._changed.get(name) or self._by_name[name]
            where[name] = replace(base, updates=(*base.updates, *added))

    def findings(self, adapter: Adapter, strength: float) -> tuple[Finding, ...]:
        """Layers that nobody knows come first: they mean that it is not this model."""
        left = [name for name in self._strangers if reason_to_leave_out(self._family, name)]
        strangers = [name for name in self._strangers if name not in left]
        found = [unknown(strangers, len(adapter.modules) + len(adapter.whole))] if strangers else []
        changes = adapter.whole or any(one.magnitude or one.scale * strength for one in adapter.modules)
        further = [*([left_out(left)] if left else []), *([] if changes else [counts_zero_times(adapter)])]
        return (*found, *self._wrong[:1], *further)

    @cached_property
    def _places(self) -> Places:
        return Places(self._by_name, self._family, self._expected, self._dialect, self._layout)

    @cached_property
    def _known(self) -> set[str]:
        """What the model may have, in any form."""
        return {name for one in self._expected for form in one.forms(Layout.MLX) for name in form.names}


def _stored(name: str, whole: StoredTensor) -> ModelTensor:
    return ModelTensor(name, whole.shape, whole.dtype, whole)
