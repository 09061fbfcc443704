"""Figures of tensors and of a head that differs, against NumPy over the whole arrays."""

import threading
import tracemalloc
from functools import partial

import mlx.core as mx
import numpy as np
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.errors import Cancelled
from app.core.model.fine_tunes import open_fine_tune
from app.core.model.identify import identify
from app.core.progress import Progress, Stage
from app.core.weights import source_values
from app.core.weights import statistics as module
from app.core.weights.chunks import chunks_of
from app.core.weights.figures import BINS, Counting, Gathering
from app.core.weights.source_values import have_values
from app.core.weights.statistics import WORST_ROWS, can_be_compared, head_difference, tensor_statistics
from tests.adapters import SCALE, save_mlx_adapter
from tests.core.stored_arrays import stored_arrays, stored_values
from tests.core.weights.one_tensor import normal, plain, save_one
from tests.tiny_checkpoints import EMBEDDING, HEAD, gemma3_folder


@pytest.fixture(params=[1 << 21, 512], ids=["one chunk", "many chunks"])
def chunk_size(request, monkeypatch):
    monkeypatch.setattr(source_values, "chunks_of", partial(chunks_of, size=request.param))
    monkeypatch.setattr(module, "CHUNK", request.param)


def expect_numpy(found, values):
    """`values`: the whole array, as float64."""
    figures, numbers = found.figures, values[np.isfinite(values)]
    assert figures.count == values.size
    assert (figures.minimum, figures.maximum) == (numbers.min(), numbers.max())
    assert figures.mean == pytest.approx(np.mean(numbers), rel=1e-9, abs=1e-12)
    assert figures.deviation == pytest.approx(np.std(numbers), rel=1e-9)
    assert figures.zeros == np.count_nonzero(numbers == 0)
    assert figures.nans == np.count_nonzero(np.isnan(values))
    assert figures.infinities == np.count_nonzero(np.isinf(values))
    assert figures.largest == np.abs(numbers).max()
    counts, edges = np.histogram(numbers, BINS)
    assert found.histogram.counts == tuple(counts)
    assert found.histogram.edges(0)[0] == pytest.approx(edges[0])
    assert found.histogram.edges(BINS - 1)[1] == pytest.approx(edges[-1])
    powers = np.floor(np.log2(np.abs(numbers[numbers != 0]))).astype(int)
    found_powers = {
        figures.magnitudes.first + number: count for number, count in enumerate(figures.magnitudes.counts) if count
    }
    assert found_powers == dict(zip(*(part.tolist() for part in np.unique(powers, return_counts=True)), strict=True))
    first, last = (figures.magnitudes.edges(n) for n in (0, len(figures.magnitudes.counts) - 1))
    assert first == (2.0 ** powers.min(), 2.0 ** (powers.min() + 1))
    assert last[1] > figures.largest >= last[0]


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_of_stored_values(dtype, tmp_path, chunk_size):
    values = normal(96, 128)
    values[3, 5], values[7] = 0.75, 0.0
    tensor = save_one(tmp_path, values, dtype)
    stored = values.astype(np.float16 if dtype == "F16" else np.float32)
    expect_numpy(tensor_statistics([tensor]), stored.astype(np.float64).reshape(-1))


def test_values_that_are_no_numbers_are_counted_apart(tmp_path, chunk_size):
    values = normal(64, 64)
    values[0, :3], values[40, 7], values[63, 63] = np.nan, np.inf, -np.inf
    expect_numpy(tensor_statistics([save_one(tmp_path, values)]), values.astype(np.float64).reshape(-1))


def test_of_packed_values(tmp_path, chunk_size):
    tensor = save_one(tmp_path, normal(64, 256), packing=Quantization(4, 64))
    stored = stored_arrays(tmp_path / "model.safetensors")
    scales, biases = (stored[f"t.{part}"].astype(mx.float32) for part in ("scales", "biases"))
    values = np.array(mx.dequantize(stored["t.weight"], scales, biases, 64, 4))
    found = tensor_statistics([tensor])
    assert found.figures.count == values.size
    assert found.figures.mean == pytest.approx(values.astype(np.float64).mean(), rel=1e-5, abs=1e-9)
    assert found.figures.deviation == pytest.approx(values.astype(np.float64).std(), rel=1e-5)
    assert found.figures.largest == pytest.approx(np.abs(values).max(), rel=1e-6)


def test_of_a_stack(tmp_path, chunk_size):
    arrays = [normal(32, 64, seed=seed) for seed in (1, 2)]
    tensors = [save_one(tmp_path / str(number), values) for number, values in enumerate(arrays)]
    expect_numpy(tensor_statistics(tensors), np.concatenate(arrays).astype(np.float64).reshape(-1))


def test_what_an_adapter_adds_is_in_the_values(tmp_path):
    base = gemma3_folder(tmp_path / "base", "none")
    adapter = save_mlx_adapter(base, tmp_path / "lora", keys=["self_attn.q_proj"])
    checkpoint, applied = open_fine_tune(adapter)
    tensors = {one.name: one for one in identify(checkpoint, applied).checkpoint.tensors}
    name = "model.layers.3.self_attn.q_proj"
    left, right = (stored_values(adapter / "adapters.safetensors", f"{name}.lora_{side}") for side in "ab")
    weight = stored_values(base / "model.safetensors", f"{name}.weight")
    wanted = weight + SCALE * (left @ right).T
    found = tensor_statistics([tensors[f"{name}.weight"]]).figures
    assert found.deviation == pytest.approx(wanted.std(), rel=1e-5)
    assert found.deviation != pytest.approx(weight.std(), rel=1e-4)


def test_equal_values_have_a_histogram_too(tmp_path):
    expect_numpy(tensor_statistics([save_one(tmp_path, np.full((4, 8), 0.25, np.float32))]), np.full(32, 0.25))


def test_what_is_far_from_zero_keeps_its_deviation():
    values, gathering = 1e8 + np.arange(1000.0), Gathering()
    for part in np.array_split(values, 7):
        gathering.add(part)
    assert gathering.figures().deviation == pytest.approx(values.std(), rel=1e-12)


def test_nothing_at_all_has_figures():
    gathering = Gathering()
    gathering.add(np.array([np.nan], np.float32))
    assert (gathering.figures().count, gathering.figures().nans, gathering.figures().magnitudes.counts) == (1, 1, ())
    assert sum(Counting(0.0, 0.0).histogram().counts) == 0


def test_what_cannot_be_read_is_known_beforehand(tmp_path):
    assert have_values([save_one(tmp_path, normal(4, 4))])
    assert not have_values([plain("I32", 4, 4)])
    assert not have_values([])


def test_cancelling_and_progress(tied_folder):
    tensor = open_checkpoint(tied_folder).tensors[0]
    seen: list[Progress] = []
    tensor_statistics([tensor], seen.append)
    assert seen[-1].done == seen[-1].total == 2 * tensor.byte_count
    assert {one.stage for one in seen} == {Stage.STATISTICS}
    with pytest.raises(Cancelled):
        tensor_statistics([tensor], is_cancelled=lambda: True)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("chunk")]


def test_memory_does_not_grow_with_the_tensor(tmp_path):
    tensor = save_one(tmp_path, np.tile(normal(64, 1024), (192, 1)))
    tracemalloc.start()
    found = tensor_statistics([tensor])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.figures.count == 192 * 64 * 1024
    assert peak < 4 * found.figures.count  # bytes: less than the values alone take


def head_and_embedding(folder):
    model = identify(open_checkpoint(folder))
    return model.head, model.embedding


def test_the_difference_of_a_head(changed_folder, chunk_size):
    head, embedding = (stored_values(changed_folder / "model.safetensors", name) for name in (HEAD, EMBEDDING))
    found = head_difference(*head_and_embedding(changed_folder))
    expect_numpy(found.distribution, (head - embedding).reshape(-1))
    largest = np.abs(head - embedding).max(axis=1)
    order = np.argsort(-largest, kind="stable")[:WORST_ROWS]
    assert [(one.row, one.largest) for one in found.rows] == [(row, largest[row]) for row in order.tolist()]


def test_a_copied_head_has_no_rows_that_differ(copied_folder):
    found = head_difference(*head_and_embedding(copied_folder))
    assert found.rows == ()
    assert found.distribution.figures.zeros == found.distribution.figures.count


def test_without_a_head_there_is_nothing_to_compare(tied_folder, changed_folder):
    assert not can_be_compared(*head_and_embedding(tied_folder))
    assert can_be_compared(*head_and_embedding(changed_folder))
