"""Importance matrices written by hand, as llama-imatrix writes them."""

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from app.core.plan import ConversionPlan
from app.core.plan.types.imatrix_findings import uses_importance
from tests.tiny_checkpoints import bell_shaped

Entries = Mapping[str, tuple[np.ndarray, np.ndarray]]
KEYS = {"general.type": "imatrix", "imatrix.datasets": ["calibration.txt"]}
NUMBERS = {"imatrix.chunk_count": 7, "imatrix.chunk_size": 512}


def entries_for(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Sums and counts that depend on the name only; of three experts one was never asked."""
    found = {}
    for name, shape in shapes.items():
        source = np.random.PCG64(zlib.crc32(name.encode()))
        experts = shape[0] if len(shape) > 2 else 1
        counts = (1 + source.random_raw(experts) % 4000).astype(np.float32)[:, None]
        counts[2::3] = 0
        sums = (bell_shaped(source, (experts, shape[-1])) ** 2 + np.float32(0.001)) * counts
        found[name] = (sums, counts)
    return found


def shapes_of(plan: ConversionPlan) -> dict[str, tuple[int, ...]]:
    """Of the tensors that could use an importance matrix."""
    return {tensor.name: tensor.shape for tensor in plan.tensors if uses_importance(tensor)}


def write_imatrix(
    path: Path, entries: Entries, changes: Mapping[str, Any] | None = None, extra: Iterable[tuple[str, np.ndarray]] = ()
) -> Path:
    """`changes` to the keys, None takes one out; `extra` tensors."""
    writer = gguf.GGUFWriter(path, "")
    writer.kv_data[0].clear()
    for key, value in {**KEYS, **NUMBERS, **(changes or {})}.items():
        if isinstance(value, list):
            writer.add_array(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif value is not None:
            writer.add_uint32(key, value)
    for name, (sums, counts) in entries.items():
        writer.add_tensor(f"{name}.in_sum2", sums)
        writer.add_tensor(f"{name}.counts", counts)
    for name, values in extra:
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
