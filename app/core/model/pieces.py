"""Stacks that a folder cuts in another way than the file: their matrices, or shares of the rows of each, one by one."""

from dataclasses import replace

from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.model.value_ranges import EXPERT_LIMIT

Tensors = tuple[ModelTensor, ...]


def in_turn(stacks: Tensors) -> Tensors:
    """Stacks that mlx-lm has split → their matrices in turn, as the published stack has their rows.

    The first matrix of each, the second of each …; none where the stacks are not alike.
    """
    ((count, *_), *others) = {stack.shape for stack in stacks}
    if others or not all(_is_sound_stack(stack) for stack in stacks):
        return ()
    return tuple(_piece(stack, number, count, 1) for number in range(count) for stack in stacks)


def shares(tensor: ModelTensor, number: int, of: int) -> Tensors:
    """The share `number` of the rows of a matrix, or of each in a stack; none where its rows have no `of` shares."""
    is_matrix = len(tensor.shape) == 2 and _parts_fit(tensor)
    if not (is_matrix or _is_sound_stack(tensor)) or tensor.shape[-2] % of:
        return ()
    count = 1 if is_matrix else tensor.shape[0]
    return tuple(_piece(tensor, matrix * of + number, count, of) for matrix in range(count))


def _is_sound_stack(stack: ModelTensor) -> bool:
    return len(stack.shape) == 3 and stack.shape[0] <= EXPERT_LIMIT and _parts_fit(stack)


def _parts_fit(tensor: ModelTensor) -> bool:
    """Whether it is known how to read it, and all that is stored has the tensor's rows."""
    parts = (tensor.stored, tensor.scales, tensor.biases)
    return tensor.is_settled and all(part.shape[:-1] == tensor.shape[:-1] for part in parts if part is not None)


def _piece(tensor: ModelTensor, number: int, count: int, of: int) -> ModelTensor:
    """One of the pieces into which `count` matrices fall, `of` to each."""
    *_, rows, columns = tensor.shape
    stored, scales, biases = (
        part and replace(_share(part, number, count * of), shape=(part.shape[-2] // of, part.shape[-1]))
        for part in (tensor.stored, tensor.scales, tensor.biases)
    )
    assert stored is not None
    whole = tensor.global_scale and replace(_share(tensor.global_scale, number // of, count), shape=())
    shape, first = (rows // of, columns), number * (rows // of)
    moved = (replace(update, first=update.first + first) for update in tensor.updates)
    updates = tuple(update for update in moved if update.touched(0, shape[0])[1])
    return replace(
        tensor, shape=shape, stored=stored, scales=scales, biases=biases, global_scale=whole, updates=updates
    )


def _share(part: StoredTensor, number: int, count: int) -> StoredTensor:
    size = part.byte_count // count
    return replace(part, offset=part.offset + number * size, byte_count=size)
