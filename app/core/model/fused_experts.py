"""Experts that share a stack with others, as mlx-vlm saves them → the matrices that a family asks for.

mlx-lm models/minimax_m3_vl.py, sanitize: of `gate_up_proj` the first half of an expert's rows is the gate, one expert
more than config.json counts is the shared one, and a dense layer's matrices may stand where others have experts.
mlx-vlm models/laguna/language.py, LagunaPackedSwitchGLU: the first of these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import prod

from app.core.architectures import Layout
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.value_ranges import EXPERT_LIMIT

ROUTED, SHARED, FUSED = ".switch_mlp.", ".shared_experts.", "gate_up_proj.weight"
HALVES = {"gate_proj.weight": 0, "up_proj.weight": 1}
DENSE, AMONG_EXPERTS = ".mlp.", ".block_sparse_moe."

Sources = tuple[ModelTensor, ...]


def fused_sources(wanted: Iterable[ExpectedTensor], by_name: Mapping[str, ModelTensor]) -> dict[str, Sources]:
    """By key what is a part of a larger tensor, or has another name: one matrix (rows, columns) for each expert.

    Tensors of the folder by canonical name. What is there as usual is left out.
    """
    singles = {names[0]: one for one in wanted if len(names := one.source_names(Layout.MLX)) == 1}
    routed = [(name, one) for name, one in singles.items() if ROUTED in name]
    counts = {name.partition(ROUTED)[0]: one.source_shape(Layout.MLX)[0] for name, one in routed}
    found = {one.key: _sources(name, counts, by_name) for name, one in singles.items()}
    return {key: sources for key, sources in found.items() if sources}


def _sources(name: str, counts: Mapping[str, int], by_name: Mapping[str, ModelTensor]) -> Sources:
    place = next((place for place in (ROUTED, SHARED) if place in name), DENSE)
    owner, _, part = name.partition(place)
    count, usual = counts.get(owner, 0), by_name.get(name)
    if place == DENSE:
        moved = by_name.get(name.replace(DENSE, AMONG_EXPERTS)) if usual is None else None
        return () if moved is None else (moved,)
    if not 0 < count <= EXPERT_LIMIT or (usual is not None and (place == SHARED or usual.shape[:1] == (count,))):
        return ()
    for holder, experts, numbers in _holders(place, count):
        for stored, halves, half in ((part, 1, 0), (FUSED, 2, HALVES.get(part))):
            stack = by_name.get(owner + holder + stored)
            if stack is not None and half is not None and _experts(stack) in experts:
                return _cut(stack, numbers, halves, half)
    return ()


def _holders(place: str, count: int) -> tuple[tuple[str, tuple[int, ...], range], ...]:
    """Where experts may be, of how many, and which of these they are; `count` are routed to."""
    if place == ROUTED:
        return ((ROUTED, (count, count + 1), range(count)),)
    return (SHARED, (1,), range(1)), (ROUTED, (count + 1,), range(count, count + 1))


def _experts(stack: ModelTensor) -> int:
    return stack.shape[0] if len(stack.shape) == 3 else 1


def _cut(stack: ModelTensor, numbers: Iterable[int], halves: int, half: int) -> Sources:
    """Of each of these experts' matrices the rows of one half, or all."""
    total = prod(stack.shape[:-1])
    count, rest = divmod(total, _experts(stack) * halves)
    if rest or not count or stack.global_scale is not None:
        return ()
    return tuple(_rows(stack, total, (number * halves + half) * count, count) for number in numbers)


def _rows(stack: ModelTensor, total: int, start: int, count: int) -> ModelTensor:
    def of(part: StoredTensor | None) -> StoredTensor | None:
        if part is None:
            return None
        row = part.byte_count // total
        shape = (count, part.shape[-1])
        return StoredTensor(part.name, part.dtype, shape, part.file, part.offset + start * row, count * row)

    stored = of(stack.stored)
    assert stored is not None
    return replace(
        stack, shape=(count, stack.shape[-1]), stored=stored, scales=of(stack.scales), biases=of(stack.biases)
    )
