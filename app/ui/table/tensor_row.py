"""The rows of the tensor table: a tensor, or a layer with its tensors."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from app.core.describe.fine_tuned import fine_tuned
from app.core.describe.model_shares import Share, share_of
from app.core.describe.tensor_places import Place, places
from app.core.encode.kept import Kept
from app.core.plan import ConversionPlan, DroppedTensor, Method, PlannedTensor

NO_ERRORS: Mapping[str, float] = MappingProxyType({})
NO_KEPT: Mapping[str, Kept] = MappingProxyType({})


class RowKind(Enum):
    """What happens to the tensor of a row."""

    AS_IT_IS = auto()
    CHANGED = auto()
    LEFT_OUT = auto()


@dataclass(frozen=True)
class TensorRow:
    """A written tensor, or one that is left out. What is asked again and again is worked out once."""

    tensor: PlannedTensor | DroppedTensor
    place: Place
    error: float | None = None  # relative, as it was measured while converting
    kept: Kept | None = None  # of an adapter's change, measured at the same time

    @property
    def written(self) -> PlannedTensor | None:
        """The tensor of the file, None when left out."""
        return self.tensor if isinstance(self.tensor, PlannedTensor) else None

    @property
    def is_stored(self) -> bool:
        """False for what follows from config.json alone."""
        return self.written is None or bool(self.written.sources)

    @cached_property
    def key(self) -> tuple[str, str]:
        """The row is the same one in every plan for a folder that has this key."""
        return self.tensor.source.name, self.written.name if self.written else ""

    @cached_property
    def kind(self) -> RowKind:
        """Written as it is, changed or left out."""
        if self.written is None:
            return RowKind.LEFT_OUT
        is_copied = self.written.method is Method.COPY and not fine_tuned(self.written)
        return RowKind.AS_IT_IS if is_copied else RowKind.CHANGED

    @cached_property
    def names(self) -> str:
        """Both names without case, to search in."""
        return "\n".join(self.key).casefold()


@dataclass(frozen=True)
class LayerRow:
    """The tensors of a layer that are shown."""

    layer: int
    rows: tuple[TensorRow, ...]

    @property
    def key(self) -> int:
        """The row is the same one in every plan for a folder that has this key."""
        return self.layer

    @cached_property
    def share(self) -> Share:
        """Bytes before and after, and the change as far as it is measured."""
        errors = {row.key[1]: row.error for row in self.rows if row.error is not None}
        kept = {row.key[1]: row.kept for row in self.rows if row.kept is not None}
        return share_of((row.tensor for row in self.rows), errors, kept)

    def most(self, word: Callable[[TensorRow], str], size: Callable[[TensorRow], int]) -> list[str]:
        """The words of its tensors, those of the most bytes first."""
        counted = Counter[str]()
        for row in self.rows:
            counted[word(row)] += size(row)
        return [one for one, _ in counted.most_common()]


Row = TensorRow | LayerRow


def rows_of(plan: ConversionPlan | None, errors: Mapping[str, float], kept: Mapping[str, Kept]) -> list[TensorRow]:
    """A row for each tensor of the file and for each that is left out, in the order of the plan."""
    if plan is None:
        return []
    found = places(plan)
    written = (
        TensorRow(tensor, place, errors.get(tensor.name), kept.get(tensor.name))
        for tensor, place in zip(plan.tensors, found, strict=False)
    )
    return [*written, *map(TensorRow, plan.dropped, found[len(plan.tensors) :])]


def model_of(plan: ConversionPlan | None) -> Path | str | None:
    """What tells one model from another: the folder of its weights; without any, its name, which can be chosen."""
    if plan is None:
        return None
    folders = (source.stored.file.path.parent for tensor in plan.tensors for source in tensor.sources)
    return next(folders, plan.model_name)


def tensors_of(rows: Iterable[Row]) -> list[TensorRow]:
    """Those of layers in the layers' place; none comes twice."""
    found: dict[tuple[str, str], TensorRow] = {}
    for row in rows:
        for one in row.rows if isinstance(row, LayerRow) else (row,):
            found.setdefault(one.key, one)
    return list(found.values())
