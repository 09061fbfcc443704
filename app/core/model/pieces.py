"""Stacks that a folder cuts in another way than the file: their matrices, or shares of the rows of each, one by one."""

from dataclasses import replace

from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.model.value_ranges import EXPERT_LIMIT

Tensors = tuple[ModelTensor, ...]


def in_turn(stacks: Tensors) -> Tensors:
    """Stacks that mlx-lm has split → their matrices in turn, as the published stack has their rows.

    The first matrix of each, the second of each …; none where the stacks are not alike.
    """
    count = _matrix_count(stacks)
    return tuple(_piece(stack, number, count, 1) for number in range(count) for stack in stacks)


def shares(stack: ModelTensor, number: int, of: int) -> Tensors:
    """The share `number` of the rows of each matrix, where there are `of`; none where its rows have no such shares."""
    count = _matrix_count((stack,))
    if any(part.shape[1] % of for part in _cut_parts(stack) if len(part.shape) > 1):
        return ()
    return tuple(_piece(stack, matrix * of + number, count, of) for matrix in range(count))


def _matrix_count(stacks: Tensors) -> int:
    """Of each; zero where they are not alike."""
    counts = {part.shape[:1] for stack in stacks for part in stack.parts}
    shapes = {stack.shape for stack in stacks}
    if len(counts) != 1 or len(shapes) != 1 or any(len(shape) != 3 for shape in shapes):
        return 0
    ((count,),) = counts
    return count if count <= EXPERT_LIMIT else 0


def _cut_parts(stack: ModelTensor) -> tuple[StoredTensor, ...]:
    return tuple(part for part in (stack.stored, stack.scales, stack.biases) if part is not None)


def _piece(stack: ModelTensor, number: int, count: int, of: int) -> ModelTensor:
    """One of the pieces into which `count` matrices fall, `of` to each."""
    stored, scales, biases = (
        None if part is None else _share(part, number, count, of) for part in (stack.stored, stack.scales, stack.biases)
    )
    assert stored is not None
    _, rows, columns = stack.shape
    whole = stack.global_scale and _share(stack.global_scale, number // of, count, 1)
    return replace(stack, shape=(rows // of, columns), stored=stored, scales=scales, biases=biases, global_scale=whole)


def _share(part: StoredTensor, number: int, count: int, of: int) -> StoredTensor:
    size = part.byte_count // (count * of)
    _, *rest = part.shape
    shape = (rest[0] // of, *rest[1:]) if rest else ()
    return replace(part, shape=shape, offset=part.offset + number * size, byte_count=size)
