"""What comes after the model in a folder of sentence-transformers, for the families whose graphs have it."""

from collections.abc import Mapping
from dataclasses import replace

from app.core.architectures import Architecture
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.model.canonical_names import canonical_name
from app.core.model.source_tensors import find_tensor


def with_modules(checkpoint: Checkpoint, family: Architecture) -> Checkpoint:
    """The checkpoint with those tensors of its modules that the family writes."""
    wanted = {rule.name for rule in family.all_tensors}
    found = tuple(tensor for tensor in checkpoint.module_tensors if tensor.name in wanted)
    return replace(checkpoint, tensors=(*checkpoint.tensors, *found)) if found else checkpoint


def left_out(checkpoint: Checkpoint, family: Architecture) -> tuple[str, ...]:
    """The modules of matrices that the file will not have."""
    wanted = {rule.name for rule in family.all_tensors}
    names = {canonical_name(family, tensor.name) for tensor in checkpoint.tensors} & wanted
    there = {name.split(".")[0] for name in names}
    return tuple(path for path in checkpoint.purpose.modules.dense if path not in there)


def measured(checkpoint: Checkpoint, family: Architecture) -> Mapping[str, int | None]:
    """Settings that follow from tensors; None where there is no such tensor."""
    places = ((name, find_tensor(checkpoint, family, one), axis) for name, (one, axis) in family.measured.items())
    return {name: _length(tensor, axis) for name, tensor, axis in places}


def _length(tensor: ModelTensor | None, axis: int) -> int | None:
    return tensor.shape[axis] if tensor is not None and len(tensor.shape) > axis else None
