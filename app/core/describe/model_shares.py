"""What takes how much of a model, before and after: by kind of part and by layer, with what a conversion changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from app.core.describe.fine_tune_kept import together
from app.core.describe.tensor_places import PartKind, Tensor, places
from app.core.encode.kept import Kept
from app.core.plan.conversion_plan import ConversionPlan, PlannedTensor


@dataclass(frozen=True)
class Share:
    """Bytes in the folder and in the file, of so many tensors. What is written twice counts once in the folder.

    `change`: the relative changes of its tensors, as the root mean square over all values that were measured; None
    where none was. `kept`: how much of an adapter's change arrived; None where there was none.
    """

    tensor_count: int
    before: int
    after: int
    change: float | None = None
    kept: float | None = None


@dataclass(frozen=True)
class ModelShares:
    """Of the whole, of each kind of part that there is, and of each layer by its number.

    `beside`: bytes of the file that no tensor has (its tokenizer, other metadata, padding); None while not known.
    """

    whole: Share
    parts: Mapping[PartKind, Share]
    layers: Mapping[int, Share]
    beside: int | None


def model_shares(plan: ConversionPlan, errors: Mapping[str, float], kept: Mapping[str, Kept]) -> ModelShares:
    """By name in the file, as they were measured: `errors`, and how much was `kept` of an adapter's change."""
    tensors: tuple[Tensor, ...] = (*plan.tensors, *plan.dropped)
    by_kind: dict[PartKind, list[Tensor]] = {}
    by_layer: dict[int, list[Tensor]] = {}
    for place, tensor in zip(places(plan), tensors, strict=True):
        by_kind.setdefault(place.kind, []).append(tensor)
        if place.layer is not None:
            by_layer.setdefault(place.layer, []).append(tensor)
    whole = share_of(tensors, errors, kept)
    return ModelShares(
        whole,
        {kind: share_of(by_kind[kind], errors, kept) for kind in PartKind if kind in by_kind},
        {layer: share_of(by_layer[layer], errors, kept) for layer in sorted(by_layer)},
        None if plan.is_provisional else plan.byte_count - whole.after,
    )


def share_of(tensors: Iterable[Tensor], errors: Mapping[str, float], kept: Mapping[str, Kept]) -> Share:
    """Of some of them."""
    found = list(tensors)
    written = [one for one in found if isinstance(one, PlannedTensor)]
    sources = {one.source.name: one.source.byte_count for one in found}
    arrived = [kept[one.name] for one in written if one.name in kept]
    return Share(
        len(found),
        sum(sources.values()),
        sum(one.byte_count for one in written),
        _change(written, errors),
        together(arrived).share if arrived else None,
    )


def _change(tensors: Iterable[PlannedTensor], errors: Mapping[str, float]) -> float | None:
    counts, squares = 0, 0.0
    for one in tensors:
        error = errors.get(one.name, 0.0 if one.error == 0 else None)
        if error is not None:
            counts += one.source.element_count
            squares += one.source.element_count * error**2
    return sqrt(squares / counts) if counts else None
