"""Where what was trained belongs: the same tensor, or the tensors of another form that hold the same values."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from app.core.adapter import Dialect, LowRankModule
from app.core.architectures import Architecture, Layout
from app.core.architectures.ops import Transpose
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.checkpoint_values import LowRank
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedForm, ExpectedTensor
from app.core.model.names_in_memory import Stack, in_memory
from app.core.model.segments import alike, segments
from app.core.model.shared_lines import shared
from app.core.model.trained import NotLowRankError, Trained, fits, trained

Placed = list[tuple[str, LowRank]]
LAYOUT_OF = {Dialect.MLX: Layout.MLX, Dialect.PEFT: Layout.HUGGING_FACE}


class MisfitError(Exception):
    """The factors do not fit a tensor of the model."""

    def __init__(self, base: ModelTensor) -> None:
        super().__init__(base.name)
        self.base = base


class Places:
    """The tensors of a model by canonical name, and what becomes of them in the file."""

    def __init__(
        self,
        by_name: Mapping[str, ModelTensor],
        family: Architecture,
        expected: Sequence[ExpectedTensor],
        dialect: Dialect,
        layout: Layout,
    ) -> None:
        self._by_name, self._family, self._expected = by_name, family, expected
        self._dialect, self._layout = dialect, layout

    def of(self, module: LowRankModule) -> Placed:
        """By canonical name, what is added to which tensor; nothing where the model has no such layer.

        Raises MisfitError and NotLowRankError.
        """
        misfit: MisfitError | None = None
        for name in map(self.name_of, _names(module)):
            try:
                if name in self._by_name:
                    return [(name, self._direct(name, module))]
                if name in self._forms:
                    return [one for found in self._forms[name] for one in self._elsewhere(name, module, found)]
            except MisfitError as error:  # another of its parameters may fit
                misfit = misfit or error
        if misfit is not None:
            raise misfit
        return []

    def name_of(self, saved: str) -> str:
        """The canonical name. PEFT's begin as transformers' models do, which not all published names do: GPT-2's."""
        name = canonical_name(self._family, saved)
        if self._dialect is Dialect.PEFT and not self._knows(name):
            shorter = canonical_name(self._family, saved.partition(".")[2])
            return shorter if self._knows(shorter) else name
        return name

    def _knows(self, name: str) -> bool:
        return name in self._by_name or name in self._forms

    def differs(self, name: str) -> bool:
        """Whether mlx-lm saves other values under the name that the publisher gives to a tensor, and the model has
        those that the adapter does not mean.
        """
        return LAYOUT_OF[self._dialect] is not self._layout and name in self._changed_by_mlx

    def _direct(self, name: str, module: LowRankModule) -> LowRank:
        base = self._by_name[name]
        change = self._trained(name, module, base.shape)
        if not fits(change, base.shape):
            raise MisfitError(base)
        if self.differs(name):
            raise NotLowRankError
        return change.whole()

    def _trained(self, name: str, module: LowRankModule, base: tuple[int, ...] | None) -> Trained:
        change = trained(module, self._dialect, base, name == self._family.embedding)
        return change.turned() if self._dialect is Dialect.PEFT and name in self._published_turned else change

    def _elsewhere(
        self, name: str, module: LowRankModule, found: tuple[ExpectedTensor, ExpectedForm | Stack]
    ) -> Iterator[tuple[str, LowRank]]:
        expected, form = found
        held = next((one for one in expected.forms(self._layout) if self._holds(one)), None)
        if held is None:
            return
        if isinstance(form, ExpectedForm):
            both = alike(form, held)
        else:
            own = segments(held, held.change)
            both = None if own is None or held.change.values else (form.segments, own)
        if both is None:
            raise NotLowRankError
        change = self._trained(name, module, None)
        trained_ones = [one for one in both[0] if one.name == name]
        if not fits(change, form.shape):
            raise MisfitError(self._by_name[held.names[0]])
        yield from shared(change, trained_ones, both[1], self._by_name)

    def _holds(self, form: ExpectedForm) -> bool:
        """Whether the model has a tensor in this form, with the shapes that config.json asks for."""
        return all(name in self._by_name and self._by_name[name].shape == form.shape for name in form.names)

    @cached_property
    def _forms(self) -> Mapping[str, list[tuple[ExpectedTensor, ExpectedForm | Stack]]]:
        """Every name that a tensor may have, with what it is then."""
        found: dict[str, list[tuple[ExpectedTensor, ExpectedForm | Stack]]] = {}
        for one in self._expected:
            for form in one.forms(LAYOUT_OF[self._dialect]):
                for name in form.names:
                    found.setdefault(name, []).append((one, form))
        for one in self._expected:
            for name, memory in in_memory(self._family, one):
                if all(other is not one for other, _ in found.get(name, [])):
                    found.setdefault(name, []).append((one, memory))
        return found

    @cached_property
    def _published_turned(self) -> set[str]:
        """Matrices that are published the other way round, which PEFT's factors are not: GPT-2's Conv1D."""
        found: set[str] = set()
        for one in self._expected:
            form = one.form(Layout.HUGGING_FACE)
            turn = form.change.within_rows
            if isinstance(turn, Transpose) and form.change.rows is None and form.shape[:-1] == (turn.row_count,):
                found.update(form.names)
        return found

    @cached_property
    def _changed_by_mlx(self) -> set[str]:
        found: set[str] = set()
        for one in self._expected:
            published, saved = (one.form(layout) for layout in (Layout.HUGGING_FACE, Layout.MLX))
            if published.form != saved.form and published.names == saved.names and published.change != saved.change:
                found.update(published.names)
        return found


def _names(module: LowRankModule) -> tuple[str, ...]:
    """What may be its weight; a stack of experts has no ".weight" where it is published as one parameter."""
    if not module.parameters:
        return (f"{module.module}.weight",)
    names = tuple(f"{module.module}.{parameter}" for parameter in module.parameters)
    return (*names, *(f"{name}.weight" for name in names if not name.endswith(".weight")))
