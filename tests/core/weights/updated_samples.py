"""Tensors with low-rank updates, and what is to become of them."""

from dataclasses import dataclass, replace

import numpy as np
from safetensors.numpy import save_file

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.checkpoint_values import Factor, LowRank
from app.core.checkpoint.safetensors_header import read_header
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.factors import FactorReader
from app.core.weights.updates import updated
from tests.core.weights.one_tensor import normal, save_one

RANKS = (1, 4, 16, 32, 33, 100)


@dataclass(frozen=True)
class Sample:
    """A tensor with updates, its values (float32) and what they are to become (longdouble)."""

    tensor: ModelTensor
    values: np.ndarray
    exact: np.ndarray
    sizes: np.ndarray  # of what is summed: a unit of float32 is one of these


def sample(folder, shape, ranks=(4,), transposed=(False, False), scale=20.0, dora=False) -> Sample:
    """One update for each of `ranks`; `transposed`: how the left and the right factor are stored."""
    random, values = np.random.default_rng(0), normal(*shape)
    base, arrays = save_one(folder, values, "F32"), {}
    exact, sizes = values.astype(np.longdouble), np.abs(values).astype(np.longdouble)
    for number, rank in enumerate(ranks):
        left = random.standard_normal((*shape[:-1], rank)).astype(np.float32)
        right = (random.standard_normal((*shape[:-2], rank, shape[-1])) * 0.001).astype(np.float32)
        for name, factor, turned in (("left", left, transposed[0]), ("right", right, transposed[1])):
            arrays[f"{name}{number}"] = np.ascontiguousarray(factor.swapaxes(-1, -2) if turned else factor)
        exact = exact + scale * (left.astype(np.longdouble) @ right.astype(np.longdouble))
        largest = np.abs(left).max(-1, keepdims=True) * np.abs(right).max(-2, keepdims=True)
        sizes = sizes + scale * rank * largest  # a product is as exact as its factors' largest values allow
        if dora:
            length = (1 + random.random(shape[-2])).astype(np.float32)
            arrays[f"m{number}"] = length
            factors = length[:, None] / np.sqrt((exact * exact).sum(-1, keepdims=True))
            exact, sizes = exact * factors, sizes * factors
    save_file(arrays, folder / "adapter")
    stored = {tensor.name: tensor for tensor in read_header(folder / "adapter").tensors}
    updates = tuple(
        LowRank(
            Factor(stored[f"left{n}"], transposed[0]),
            Factor(stored[f"right{n}"], transposed[1]),
            scale,
            stored.get(f"m{n}"),
        )
        for n in range(len(ranks))
    )
    return Sample(replace(base, updates=updates), values, exact, sizes)


def run(tensor, values, rows=None):
    """`updated` on (n, columns) values, by default all of them."""
    rows = rows or ((0, values.size // values.shape[-1]),)
    lines = np.concatenate([np.arange(first, first + count) for first, count in rows])
    flat = values.reshape(-1, values.shape[-1])
    with WeightReader(dict.fromkeys(tensor.files)) as reader:
        return updated(flat[lines], tensor, rows, FactorReader(reader))
