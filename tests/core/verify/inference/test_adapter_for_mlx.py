"""Which adapters mlx-lm can put on a folder as MLX Ferry did, and why not the others."""

import json

import pytest

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.verify.inference.adapter_for_mlx import adapter_for_mlx
from app.core.verify.results.no_comparison import NoComparisonError
from tests.adapters import save_mlx_adapter


def model_with(folder, *adapters, strength=1.0):
    return identify(open_checkpoint(folder), tuple(Applied(read_adapter(one), strength) for one in adapters))


@pytest.mark.parametrize("method", ["lora", "dora", "full"])
def test_what_mlx_lm_wrote_it_loads(method, tied_folder, tmp_path):
    adapter = save_mlx_adapter(tied_folder, tmp_path / method, method)
    assert adapter_for_mlx(model_with(tied_folder, adapter)) == adapter


def test_without_an_adapter_there_is_none(tied_folder):
    assert adapter_for_mlx(model_with(tied_folder)) is None


def test_it_has_no_strength(tied_folder, tmp_path):
    adapter = save_mlx_adapter(tied_folder, tmp_path / "adapter")
    with pytest.raises(NoComparisonError, match=r"this one counts 0\.5"):
        adapter_for_mlx(model_with(tied_folder, adapter, strength=0.5))


def test_it_loads_one(tied_folder, tmp_path):
    adapters = [save_mlx_adapter(tied_folder, tmp_path / name) for name in ("one", "two")]
    with pytest.raises(NoComparisonError, match="there are 2"):
        adapter_for_mlx(model_with(tied_folder, *adapters))


def test_it_loads_the_end_of_a_training_only(tied_folder, tmp_path):
    adapter = save_mlx_adapter(tied_folder, tmp_path / "adapter")
    (adapter / "adapters.safetensors").rename(adapter / "0000100_adapters.safetensors")
    with pytest.raises(NoComparisonError, match="not 0000100_adapters"):
        adapter_for_mlx(model_with(tied_folder, adapter))


def test_it_loads_none_of_others(tied_folder, tmp_path):
    adapter = save_mlx_adapter(tied_folder, tmp_path / "adapter")
    settings = json.loads((adapter / "adapter_config.json").read_text())
    del settings["num_layers"]  # as mlx-vlm leaves it
    (adapter / "adapter_config.json").write_text(json.dumps({**settings, "rank": 4, "alpha": 80}))
    with pytest.raises(NoComparisonError, match="adapter is none"):
        adapter_for_mlx(model_with(tied_folder, adapter))
