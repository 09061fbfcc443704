"""Blocks of the kernels are ggml's, byte for byte; where there is no library, ggml makes them."""

import shutil
from itertools import cycle
from pathlib import Path

import gguf
import numpy as np
import pytest
import xllamacpp
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from hypothesis import given
from hypothesis import strategies as st

from app.core import kernel_library
from app.core.encode.encoder import encode
from app.core.encode.kernels import encode_in_one_pass
from tests.core.encode.both_encoders import FUNCTIONS, KINDS, as_on_intel, by_ggml, by_kernel, differing, need_kernels
from tests.core.encode.values_of_all_kinds import importances, values_of_all_kinds
from tests.quick_reader import QuickReader

ROWS, IN_ROW = 143, 7  # 1,001 blocks, of which the last ones fill no vector, in rows that begin within one
REAL = [f"blk.7.{name}.weight" for name in ("attn_q", "attn_v", "ffn_down")]
ODD = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=8)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@pytest.fixture(autouse=True)
def _kernels(request):
    if "without" not in request.node.name:
        need_kernels()
    kernel_library.kernel_function.cache_clear()
    yield
    kernel_library.kernel_function.cache_clear()


@pytest.fixture(scope="module")
def real_weights(published_gguf):
    """Some of Gemma 3 270M's matrices, flat."""
    tensors = [tensor for tensor in QuickReader(published_gguf).tensors if tensor.name in REAL]
    assert len(tensors) == len(REAL)
    return {one.name: gguf.dequantize(one.data, one.tensor_type).astype(np.float32).reshape(-1) for one in tensors}


@as_on_intel
@each_kind
def test_a_thousand_blocks_of_all_kinds_of_values(kind):
    count = ROWS * IN_ROW * GGML_QUANT_SIZES[kind][0]
    found = {name: differing(values, kind).size for name, values in values_of_all_kinds(count, seed=0)}
    assert not any(found.values()), found


@as_on_intel
@each_kind
def test_a_thousand_blocks_of_all_kinds_of_values_by_importance(kind):
    columns = IN_ROW * GGML_QUANT_SIZES[kind][0]
    weights = cycle(importances(columns, seed=0))
    found = {}
    for name, values in values_of_all_kinds(ROWS * columns, seed=1):
        how, importance = next(weights)
        found[name, how] = differing(values, kind, importance).size
    assert not any(found.values()), found


@as_on_intel
@each_kind
@pytest.mark.parametrize("weighted", [False, True])
def test_processors_without_new_instructions_give_the_same(kind, weighted):
    columns = IN_ROW * GGML_QUANT_SIZES[kind][0]
    importance = next(importances(columns, seed=2))[1] if weighted else None
    for name, values in values_of_all_kinds(11 * columns, seed=2):
        assert not differing(values, kind, importance, FUNCTIONS[1]).size, name


@as_on_intel
@each_kind
@given(ODD, st.integers(0, 2**32 - 1), st.booleans())
def test_odd_blocks(kind, few, seed, weighted):
    draw = np.random.default_rng(seed)
    values = draw.choice(np.array(few, np.float32), 3 * GGML_QUANT_SIZES[kind][0])
    importance = draw.choice(np.abs(np.array(few, np.float32)), values.size) if weighted else None
    assert not differing(values, kind, importance).size


@as_on_intel
@pytest.mark.slow_real_model
@each_kind
def test_real_weights(kind, real_weights):
    for name, values in real_weights.items():
        whole = values.size // GGML_QUANT_SIZES[kind][0] * GGML_QUANT_SIZES[kind][0]
        assert not differing(values[:whole], kind).size, name


def test_types_without_a_kernel_and_rows_that_are_no_blocks_are_left_to_ggml():
    values = np.zeros(512, np.float32)
    assert by_kernel(values, GGMLQuantizationType.NVFP4) is None
    assert by_kernel(values, GGMLQuantizationType.Q4_K, np.ones(64, np.float32)) is None


@each_kind
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("library", ["missing", "broken", "foreign", "older"])
def test_without_kernels_ggml_gives_the_bytes(library, weighted, kind, tmp_path, monkeypatch):
    path = tmp_path / "kernels.so"
    if library == "broken":
        path.write_bytes(b"\x7fELF and nothing more")
    elif library == "foreign":
        path = next(Path(xllamacpp.__file__).parent.glob("*.so"))
    elif library == "older":
        need_kernels()
        shutil.copy(kernel_library.LIBRARY, path)
        monkeypatch.setattr(kernel_library, "INTERFACE", kernel_library.INTERFACE + 1)
    monkeypatch.setattr(kernel_library, "LIBRARY", path)
    block, block_bytes = GGML_QUANT_SIZES[kind]
    values = np.random.default_rng(3).normal(0, 0.02, 8 * block).astype(np.float32)
    importance = next(importances(2 * block, seed=3))[1] if weighted else None
    data = encode(values.view(np.uint8), "F32", kind, np.empty(values.size * 4, np.uint8), importance).data
    assert kernel_library.kernel_function("mlx_ferry_encode", None) is None
    assert np.array_equal(data.reshape(-1, block_bytes), by_ggml(values, kind, importance))


def test_the_kernels_are_what_encodes():
    values, out = np.ones(256, np.float32).view(np.uint8), np.empty(256, np.uint8)
    found = encode_in_one_pass(values, "F32", GGMLQuantizationType.Q4_K, out)
    assert found is not None
    assert found.written == 144
