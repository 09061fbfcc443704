"""What a conversion changed in one tensor, against NumPy over MLX's own values and gguf's own decoding."""

import numpy as np
import pytest
from gguf import GGUFReader
from gguf.quants import dequantize

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.errors import Cancelled, CheckpointError, ConversionError
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.verify.weights.tensor_change import WORST, tensor_change
from app.core.weights.figures import BINS
from tests.core.stored_arrays import stored_values
from tests.core.verify.spoil import on_bytes, spoil
from tests.tiny_checkpoints import EMBEDDING


def converted(folder, target, kind=OutputType.Q8_0):
    plan = prepare(identify(open_checkpoint(folder))).plan(PlanOptions(kind))
    convert(plan, target)
    return {tensor.name: tensor for tensor in plan.tensors}


def in_file(path, name):
    (tensor,) = (one for one in GGUFReader(path).tensors if one.name == name)
    return dequantize(tensor.data, tensor.tensor_type).astype(np.float64)


@pytest.mark.parametrize(
    ("name", "source"),
    [("token_embd.weight", EMBEDDING), ("blk.3.ffn_down.weight", "model.layers.3.mlp.down_proj.weight")],
)
def test_figures_and_the_worst_values(name, source, tied_folder, tmp_path):
    target = tmp_path / "model.gguf"
    tensor = converted(tied_folder, target)[name]
    before, after = stored_values(tied_folder / "model.safetensors", source), in_file(target, name)
    change = after - before
    found = tensor_change(tensor, target)
    figures = found.distribution.figures
    assert (figures.count, figures.minimum, figures.maximum) == (change.size, change.min(), change.max())
    assert figures.mean == pytest.approx(change.mean(), rel=1e-9, abs=1e-12)
    assert figures.deviation == pytest.approx(change.std(), rel=1e-9)
    assert found.distribution.histogram.counts == tuple(np.histogram(change, BINS)[0])
    assert [one.size for one in found.worst] == sorted(np.abs(change).reshape(-1).tolist(), reverse=True)[:WORST]
    for one in found.worst:
        place = one.row, one.column
        assert (one.before, one.after) == (before[place], after[place])


def test_what_is_copied_has_no_worst_values(tied_folder, tmp_path):
    target = tmp_path / "model.gguf"
    tensor = converted(tied_folder, target, OutputType.AUTO)["token_embd.weight"]
    found = tensor_change(tensor, target)
    assert found.worst == ()
    assert found.distribution.figures.zeros == found.distribution.figures.count


def test_norms_are_compared_with_what_mlx_computes(tied_folder, tmp_path):
    """The file has Gemma's norms + 1; that is no change."""
    target = tmp_path / "model.gguf"
    found = tensor_change(converted(tied_folder, target)["output_norm.weight"], target)
    assert found.worst == ()


def test_another_file_in_its_place(tied_folder, changed_folder, tmp_path):
    target = tmp_path / "model.gguf"
    tensors = converted(tied_folder, target)
    converted(tied_folder, tmp_path / "other.gguf", OutputType.F16)
    (tmp_path / "other.gguf").replace(target)
    with pytest.raises(ConversionError, match="no longer holds token_embd"):
        tensor_change(tensors["token_embd.weight"], target)
    target.write_bytes(b"GGUF")
    with pytest.raises(CheckpointError):
        tensor_change(tensors["token_embd.weight"], target)


def test_a_value_that_was_spoilt_is_the_worst(tied_folder, tmp_path):
    target = tmp_path / "model.gguf"
    tensor = converted(tied_folder, target, OutputType.AUTO)["token_embd.weight"]
    spoilt = {"token_embd.weight": on_bytes(lambda raw: raw.__setitem__(slice(-2, None), 0x40))}
    spoil(target, tmp_path / "spoilt.gguf", tensors=spoilt)
    found = tensor_change(tensor, tmp_path / "spoilt.gguf")
    (worst,) = found.worst
    assert (worst.row, worst.column) == (tensor.shape[0] - 1, tensor.shape[1] - 1)
    assert worst.after == pytest.approx(3.0, abs=0.1)


def test_cancelling(tied_folder, tmp_path):
    target = tmp_path / "model.gguf"
    tensor = converted(tied_folder, target)["token_embd.weight"]
    with pytest.raises(Cancelled):
        tensor_change(tensor, target, is_cancelled=lambda: True)
