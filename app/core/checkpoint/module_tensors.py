"""The matrices of the modules after an embedding model, each in a folder of its own."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.core.checkpoint.checkpoint_values import ModelTensor
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.safetensors_header import HeaderBudget, read_header
from app.core.checkpoint.sentence_modules import WEIGHTS, SentenceModules


def module_tensors(folder: Path, modules: SentenceModules) -> tuple[ModelTensor, ...]:
    """Those of modules that are a matrix and nothing else, as FOLDER.NAME; none of a file that cannot be read."""
    plain = (path for path in modules.dense if path not in modules.odd_dense)
    budget = HeaderBudget()
    return tuple(tensor for path in plain for tensor in _tensors(folder, path, budget))


def _tensors(folder: Path, path: str, budget: HeaderBudget) -> Iterator[ModelTensor]:
    with suppress(OSError, HeaderError):
        for stored in read_header(folder / path / WEIGHTS, budget).tensors:
            named = replace(stored, name=f"{path}.{stored.name}")
            yield ModelTensor(named.name, named.shape, named.dtype, named)
