"""Blocks chosen by importance: every matrix by its own line, wherever chunks begin."""

import ctypes
from functools import cache

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

from app.core.encode.encoder import encode
from app.core.encode.kernels import Measuring
from app.core.encode.weighted import Weights, encode_weighted
from app.core.ggml_library import _library
from app.core.ggml_types import NEEDED, TENSOR_TYPES, USED, types_by_importance

MATRICES, ROWS, COLUMNS = 3, 5, 256
VALUES = np.random.default_rng(1).normal(0, 0.02, (MATRICES, ROWS, COLUMNS)).astype(np.float32)
LINES = np.exp(np.random.default_rng(2).normal(0, 2, (MATRICES, COLUMNS))).astype(np.float32)


@cache
def one_by_one(kind):
    """Row by row, by ggml itself."""
    rows = [
        encode(row.view(np.uint8), "F32", kind, np.empty(COLUMNS * 4, np.uint8), line).data.tobytes()
        for matrix, line in zip(VALUES, LINES, strict=True)
        for row in matrix
    ]
    return b"".join(rows)


def blocks(kind, first, count, measuring=None):
    values = VALUES.reshape(-1, COLUMNS)[first : first + count].reshape(-1)
    weights = Weights(LINES, ROWS, first)
    return encode_weighted(values.view(np.uint8), "F32", kind, np.empty(values.size * 4, np.uint8), weights, measuring)


@pytest.mark.parametrize("kind", types_by_importance(USED, NEEDED), ids=lambda kind: kind.name)
@pytest.mark.parametrize("step", [2, 5, 7, 15])
def test_chunks_do_not_cross_a_matrix(step, kind):
    pieces = [
        blocks(kind, first, min(step, MATRICES * ROWS - first)).data.tobytes()
        for first in range(0, MATRICES * ROWS, step)
    ]
    assert b"".join(pieces) == one_by_one(kind)


def test_the_error_is_that_of_all_matrices():
    whole = blocks(GGMLQuantizationType.Q4_K, 0, 15, measuring=Measuring())
    change = dequantize(whole.data.reshape(15, -1), GGMLQuantizationType.Q4_K) - VALUES.reshape(15, -1)
    assert whole.error is not None
    assert whole.error.relative == pytest.approx(np.sqrt((change**2).sum() / (VALUES**2).sum()), rel=1e-4)


def test_bad_values_are_counted_in_every_matrix(monkeypatch):
    bad = VALUES.copy()
    bad[0, 0, 0] = bad[2, 4, 3] = np.nan
    monkeypatch.setitem(globals(), "VALUES", bad)
    assert blocks(GGMLQuantizationType.Q4_K, 0, 15).non_finite == 2


@pytest.mark.parametrize("kind", tuple(TENSOR_TYPES)[3:], ids=lambda kind: kind.name)
def test_importance_changes_the_types_that_use_it_and_no_others(kind):
    plain = None if kind in types_by_importance(NEEDED) else np.ones(COLUMNS, np.float32)
    row = VALUES[0, :4].reshape(-1).view(np.uint8)
    out = [np.empty(row.size, np.uint8) for _ in range(2)]
    first, second = [
        encode(row, "F32", kind, target, line).data
        for target, line in zip(out, (LINES[1] if plain is None else plain, LINES[0]), strict=True)
    ]
    assert np.array_equal(first, second) == (kind not in types_by_importance(USED, NEEDED))


def test_ggml_wants_importance_for_none_but_those_that_the_plan_refuses_without():
    needs = _library().ggml_quantize_requires_imatrix
    needs.argtypes, needs.restype = [ctypes.c_int], ctypes.c_bool
    wanting = {kind for kind in GGMLQuantizationType if kind in GGML_QUANT_SIZES and needs(int(kind))}
    assert wanting
    assert wanting <= set(types_by_importance(NEEDED))
