"""Stacks of matrices that mlx-lm has split → their matrices in turn, as the published stack has their rows."""

from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.plan.value_ranges import EXPERT_LIMIT


def in_turn(stacks: tuple[ModelTensor, ...]) -> tuple[ModelTensor, ...]:
    """The first matrix of each, the second of each …; the stacks themselves where they are not alike."""
    counts = {part.shape[:1] for stack in stacks for part in stack.parts}
    shapes = {stack.shape for stack in stacks}
    if len(counts) != 1 or len(shapes) != 1 or any(len(shape) != 3 for shape in shapes):
        return stacks
    ((count,),) = counts
    if not 0 < count <= EXPERT_LIMIT:
        return stacks
    return tuple(_matrix(stack, number, count) for number in range(count) for stack in stacks)


def _matrix(stack: ModelTensor, number: int, count: int) -> ModelTensor:
    stored, scales, biases = (
        None if part is None else _share(part, number, count) for part in (stack.stored, stack.scales, stack.biases)
    )
    assert stored is not None
    return ModelTensor(stack.name, stack.shape[1:], stack.dtype, stored, scales, biases, stack.quantization)


def _share(part: StoredTensor, number: int, count: int) -> StoredTensor:
    size = part.byte_count // count
    return StoredTensor(part.name, part.dtype, part.shape[1:], part.file, part.offset + number * size, size)
