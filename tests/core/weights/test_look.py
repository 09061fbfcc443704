"""The comparison of head and embedding, against NumPy in float64."""

import json
import threading

import mlx.core as mx
import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import quantize

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.errors import Cancelled, ConversionError
from app.core.model.identify import identify
from app.core.progress import Progress, Stage
from app.core.weights import look as look_module
from app.core.weights.fp_values import fp_values
from app.core.weights.look import look
from tests.core.weights.one_tensor import normal, save_one
from tests.golden.family_models import FamilyModel
from tests.tiny_checkpoints import (
    EMBEDDING,
    HEAD,
    gemma3_config,
    gemma3_folder,
    huggingface_tensors,
    row_count,
    save_checkpoint,
)


def facts_of(folder):
    return look(identify(open_checkpoint(folder))).head


def folder_with_head(folder, change, **how):
    """A folder whose head is the embedding after `change`."""
    tensors = huggingface_tensors(gemma3_config(row_count()))
    tensors[HEAD] = tensors[EMBEDDING].copy()
    change(tensors[HEAD])
    return save_checkpoint(folder, tensors, gemma3_config(row_count()), **how)


@pytest.fixture(params=[1 << 21, 512], ids=["one chunk", "many chunks"])
def chunk_size(request, monkeypatch):
    monkeypatch.setattr(look_module, "CHUNK", request.param)


def test_no_head_means_nothing_to_compare(tied_folder):
    assert facts_of(tied_folder) is None


def test_a_copy_is_equal(copied_folder, chunk_size):
    head = facts_of(copied_folder)
    assert head.are_equal
    assert (head.largest, head.mean, head.cosine, head.worst_rows) == (0.0, 0.0, 1.0, ())


def test_one_value_in_the_last_row_is_found(tmp_path, chunk_size):
    def change(head):
        head[-1, -1] += 0.5

    head = facts_of(folder_with_head(tmp_path / "model", change))
    assert head.differing_count == 1
    assert [row.row for row in head.worst_rows] == [row_count() - 1]
    assert not head.within_steps


def test_values_that_are_not_finite_are_compared_too(tmp_path, chunk_size):
    """Converting counts them and stops; the sums, in which they cancel out, are no numbers."""

    def change(head):
        head[0, 0] = np.copysign(np.inf, head[0, 0])
        for row in (1, -1):
            head[row, 0] = np.copysign(np.inf, -head[row, 0])

    head = facts_of(folder_with_head(tmp_path / "model", change))
    assert (head.differing_count, head.largest) == (3, np.inf)
    assert np.isnan(head.cosine)


def test_figures_agree_with_numpy(changed_folder, chunk_size):
    tensors = huggingface_tensors(gemma3_config(row_count()))
    first = tensors[EMBEDDING].astype(np.float64)
    second = first.copy()
    second[::10] = (np.float32(1.25) * tensors[EMBEDDING][::10]).astype(np.float32).view(np.uint32) >> 16 << 16
    second[::10] = ((np.float32(1.25) * tensors[EMBEDDING][::10]).view(np.uint32) & 0xFFFF0000).view(np.float32)
    gap = np.abs(first - second)
    head = facts_of(changed_folder)
    assert head.differing_count == np.count_nonzero(gap)
    assert head.largest == gap.max()
    assert head.mean == pytest.approx(gap.mean(), rel=1e-5)
    cosine = (first * second).sum() / np.linalg.norm(first) / np.linalg.norm(second)
    assert head.cosine == pytest.approx(cosine, abs=1e-5)
    order = np.argsort(-gap.max(axis=1), kind="stable")[:5]
    assert [(row.row, row.largest) for row in head.worst_rows] == [(i, gap[i].max()) for i in order]


def test_minus_zero_equals_zero_and_subnormal_numbers_count(tmp_path):
    def zeros(head):
        head[0, :2] = (0.0, -0.0)

    tensors = huggingface_tensors(gemma3_config(row_count()))
    tensors[EMBEDDING][0, :2] = (-0.0, 0.0)
    tensors[HEAD] = tensors[EMBEDDING].copy()
    zeros(tensors[HEAD])
    folder = save_checkpoint(tmp_path / "zeros", tensors, gemma3_config(row_count()), dtype="float32")
    assert facts_of(folder).are_equal
    tensors[HEAD][0, 0] = 1e-40  # an Apple GPU would call it 0
    folder = save_checkpoint(tmp_path / "tiny", tensors, gemma3_config(row_count()), dtype="float32")
    assert facts_of(folder).differing_count == 1


def test_nan_is_a_difference_unless_its_bits_agree(tmp_path):
    def change(head):
        head[3, 3] = np.nan

    assert facts_of(folder_with_head(tmp_path / "model", change)).differing_count == 1


@pytest.mark.parametrize(
    ("head_bits", "within"),
    [({"group_size": 32, "bits": 8}, True), ({"group_size": 64, "bits": 2}, True), (False, True)],
)
def test_one_matrix_quantized_twice_stays_within_the_steps(tmp_path, head_bits, within):
    folder = gemma3_folder(tmp_path / "model", "copied", quantize=lambda path: head_bits if path == "lm_head" else True)
    head = facts_of(folder)
    assert not head.are_equal
    assert head.within_steps is within
    finer = head_bits is False or head_bits["bits"] > 4
    assert (head.head_step < head.embedding_step) is finer


def test_a_trained_head_is_not_within_the_steps_after_quantization(tmp_path):
    folder = gemma3_folder(tmp_path / "model", "changed", quantize=lambda _: True)
    assert facts_of(folder).within_steps is False


def test_equal_when_both_were_quantized_alike(tmp_path):
    folder = gemma3_folder(tmp_path / "model", "copied", quantize=lambda _: True)
    assert facts_of(folder).are_equal


def test_cancel_ends_it_and_progress_adds_up(changed_folder, monkeypatch):
    monkeypatch.setattr(look_module, "CHUNK", 4096)
    seen: list[Progress] = []
    look(identify(open_checkpoint(changed_folder)), seen.append)
    assert {p.stage for p in seen} == {Stage.COMPARE, Stage.MEASURE}
    assert seen[-1].done == pytest.approx(seen[-1].total, abs=len(seen))
    with pytest.raises(Cancelled):
        look(identify(open_checkpoint(changed_folder)), is_cancelled=lambda: True)
    assert not [t for t in threading.enumerate() if t.name.startswith("chunk")]


def test_a_file_that_vanished_is_named(changed_folder, copy_folder):
    checkpoint = open_checkpoint(copy_folder(changed_folder))
    (checkpoint.folder / "model.safetensors").unlink()
    with pytest.raises(ConversionError, match=r"model\.safetensors cannot be read"):
        look(identify(checkpoint))


@pytest.mark.parametrize(("dtype", "value"), [("bfloat16", -0.3125), ("float16", 0.1), ("float32", 1e-6)])
def test_numbers_for_the_metadata_are_read(tmp_path, dtype, value):
    names = [f"model.layers.{layer}.mlp.act_fn.{name}" for layer in (0, 11) for name in ("alpha_n", "eps")]
    arrays = {name: mx.array(value + i).astype(getattr(mx, dtype)) for i, name in enumerate(names)}
    others = {"model.layers.0.mlp.act_fn.alpha_p": mx.zeros((2,)), "model.layers.0.mlp.act_fn.gain": mx.zeros((1,))}
    mx.save_safetensors(str(tmp_path / "model.safetensors"), {**arrays, **others})
    (tmp_path / "config.json").write_text(json.dumps({**FamilyModel("apertus").config, "num_hidden_layers": 12}))
    expected = {name: float(np.array(array.astype(mx.float32))) for name, array in arrays.items()}
    assert look(identify(open_checkpoint(tmp_path))).numbers == expected


def test_mxfp8_loses_bits_in_bf16_only_where_it_is_nearly_zero(tmp_path, monkeypatch):
    packing = Quantization(8, 32, "mxfp8")
    tensor = save_one(tmp_path, normal(8, 64), packing=packing)
    assert look(identify(open_checkpoint(tmp_path))).roundings == {}
    assert tensor.scales is not None
    exponents = np.arange(16, dtype=np.uint8)
    codes = np.tile(np.arange(1, 33, dtype=np.uint8), 16)  # 2^-9 and more
    with tensor.stored.file.path.open("r+b") as file:
        file.seek(tensor.stored.offset)
        file.write(codes.tobytes())
        file.seek(tensor.scales.offset)
        file.write(exponents.tobytes())
    values = fp_values("mxfp8", codes, exponents)
    held = (quantize(values, GGMLQuantizationType.BF16).view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    change = np.abs(values.astype(np.float64) - held).reshape(16, 32).max(axis=1)
    (found,) = look(identify(open_checkpoint(tmp_path))).roundings.values()
    assert found.largest == change.max() > 0
    assert found.group_count == np.count_nonzero(change) == 3
