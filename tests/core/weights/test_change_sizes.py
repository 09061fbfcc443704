"""How large an adapter's change is, against the same computed by NumPy from the files' own arrays."""

import mlx.core as mx
import numpy as np
import pytest

from app.core.model.fine_tunes import open_fine_tune
from app.core.model.identify import identify
from app.core.progress import Stage
from app.core.weights import change_sizes as module
from app.core.weights.change_sizes import change_sizes
from tests.adapters import SCALE, save_mlx_adapter
from tests.core.stored_arrays import stored_arrays
from tests.tiny_checkpoints import gemma3_folder

NAME = "model.layers.0.self_attn.q_proj"


def sizes_of(adapter, on_progress=lambda _: None):
    base, applied = open_fine_tune(adapter)
    return change_sizes(base.tensors, identify(base, applied).checkpoint.tensors, on_progress)


def norm(values):
    return np.linalg.norm(np.array(values.astype(mx.float32)).astype(np.float64))


@pytest.mark.parametrize("is_packed", [False, True], ids=["16 bits", "4 bits"])
def test_of_a_low_rank_change(is_packed, tmp_path):
    base = gemma3_folder(tmp_path / "base", "none", quantize=(lambda _: True) if is_packed else None)
    adapter = save_mlx_adapter(base, tmp_path / "lora", keys=["self_attn.q_proj"])
    seen: list[object] = []
    found = sizes_of(adapter, lambda progress: seen.append(progress.stage))
    trained, stored = stored_arrays(adapter / "adapters.safetensors"), stored_arrays(base / "model.safetensors")
    change = SCALE * trained[f"{NAME}.lora_a"].astype(mx.float32) @ trained[f"{NAME}.lora_b"].astype(mx.float32)
    weights = stored[f"{NAME}.weight"]
    if is_packed:
        weights = mx.dequantize(weights, stored[f"{NAME}.scales"], stored[f"{NAME}.biases"], 64, 4)
    assert found[f"{NAME}.weight"].share == pytest.approx(norm(change) / norm(weights), rel=1e-3)
    assert len(found) == sum(name.endswith("lora_a") for name in trained)
    assert set(seen) == {Stage.CHANGE}


def test_of_tensors_that_were_trained_whole(tied_folder, tmp_path):
    adapter = save_mlx_adapter(tied_folder, tmp_path / "full", "full", layers=1)
    found = sizes_of(adapter)
    trained, stored = stored_arrays(adapter / "adapters.safetensors"), stored_arrays(tied_folder / "model.safetensors")
    assert set(found) == set(trained)
    for name, values in trained.items():
        before = stored[name].astype(mx.float32)
        assert found[name].share == pytest.approx(norm(values - before) / norm(before), rel=1e-5)


def test_of_large_tensors_some_rows_stand_for_all(tied_folder, tmp_path, monkeypatch):
    adapter = save_mlx_adapter(tied_folder, tmp_path / "lora", layers=1)
    exact = sizes_of(adapter)
    monkeypatch.setattr(module, "MOST_VALUES", 1 << 13)
    about = sizes_of(adapter)
    largest = "model.layers.5.mlp.gate_proj.weight"
    assert 0 < about[largest].weights < exact[largest].weights / 2
    for name, size in exact.items():
        assert about[name].share == pytest.approx(size.share, rel=0.2)
