"""Plans of folders, and single values changed in them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from app.core.checkpoint import Checkpoint, StoredTensor, open_checkpoint
from app.core.convert import prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import ConversionPlan, HeadChoice, PlanOptions

BITS = {"BF16": "<u2", "F16": "<u2", "F32": "<u4"}


def plan_of(folder: Path, output_type: str = "auto", head: str = "auto") -> ConversionPlan:
    return prepare_plan(open_checkpoint(folder), PlanOptions(OutputType(output_type), HeadChoice(head)))


def stored(checkpoint: Checkpoint, name: str) -> StoredTensor:
    return next(part for tensor in checkpoint.tensors for part in tensor.parts if part.name == name)


def set_bits(folder: Path, name: str, places: Iterable[int], bits: int) -> None:
    """Overwrite values of one stored tensor, counted through all rows; negative places count from its end."""
    tensor = stored(open_checkpoint(folder), name)
    values = np.memmap(tensor.file.path, np.dtype(BITS[tensor.dtype]), "r+", tensor.offset, tensor.shape).reshape(-1)
    values[list(places)] = bits
