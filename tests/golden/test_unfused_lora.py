"""Weights with LoRA layers still among them give the file of their base and the adapter; without a scale none."""

import json
import shutil
from typing import Any

import mlx.core as mx
import pytest
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import load_model, quantize_model, save_model

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from tests.adapters import SCALE, save_mlx_adapter
from tests.expect_finding import NOTE, STOP, expect_finding
from tests.golden.fused_files import file_of
from tests.quick_reader import QuickReader

SETTINGS = {"rank": 4, "scale": SCALE, "dropout": 0.0}
CONFIG = "adapter_config.json"


def bytes_of(folder, target, adapters=()):
    file = QuickReader(file_of(folder, target, adapters).path)
    return {tensor.name: tensor.data.tobytes() for tensor in file.tensors}


@pytest.fixture(params=["lora", "dora", "packed"])
def unfused(request, tied_folder, copy_folder, tmp_path):
    """(base, adapter, folder): both in one folder, without the adapter's settings."""
    base, folder = tied_folder, copy_folder(tied_folder)
    model, config = load_model(base)
    if request.param == "packed":
        model, config = quantize_model(model, config, 64, 4)
        base = shutil.copytree(tied_folder, tmp_path / "packed")
        save_model(base, model)
        (base / "config.json").write_text(json.dumps(config))
    method = "dora" if request.param == "dora" else "lora"
    adapter = save_mlx_adapter(base, tmp_path / "adapter", method)
    linear_to_lora_layers(model, len(model.layers), dict(SETTINGS), use_dora=method == "dora")
    model.load_weights(str(adapter / "adapters.safetensors"), strict=False)
    save_model(folder, model)
    (folder / "config.json").write_text(json.dumps(config))
    return base, adapter, folder


def test_the_file_of_base_and_adapter(unfused, tmp_path):
    base, adapter, folder = unfused
    (folder / CONFIG).write_text((adapter / CONFIG).read_text())
    findings = identify(open_checkpoint(folder)).adapter_findings
    expect_finding(findings, "unfused-lora", NOTE, findings[0].subject)
    wanted = bytes_of(base, tmp_path / "both.gguf", (Applied(read_adapter(adapter)),))
    assert bytes_of(folder, tmp_path / "unfused.gguf") == wanted


@pytest.mark.parametrize("settings", [{"lora_parameters": SETTINGS}, {"lora": {"rank": 4, "alpha": 4 * SCALE}}])
def test_the_scale_in_config_json(unfused, tmp_path, settings):
    base, adapter, folder = unfused
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **settings}))
    wanted = bytes_of(base, tmp_path / "both.gguf", (Applied(read_adapter(adapter)),))
    assert bytes_of(folder, tmp_path / "unfused.gguf") == wanted


def test_without_a_scale_there_is_no_file(unfused):
    folder = unfused[2]
    findings = identify(open_checkpoint(folder)).adapter_findings
    finding = expect_finding(findings, "unfused-lora", STOP, findings[0].subject)
    assert CONFIG in finding.advice


@pytest.mark.parametrize("kind", ["mlx-vlm", "peft"])
def test_layers_of_others(kind, tied_folder, copy_folder, tmp_path):
    """The names of mlx-lm's layers changed to theirs, and PEFT's factors turned."""
    adapter = save_mlx_adapter(tied_folder, tmp_path / "adapter")
    trained: Any = mx.load(str(adapter / "adapters.safetensors"))
    base: Any = mx.load(str(tied_folder / "model.safetensors"))
    inner, a, b = {
        "mlx-vlm": ("original_layer", "A", "B"),
        "peft": ("base_layer", "lora_A.default.weight", "lora_B.default.weight"),
    }[kind]
    modules = {name.rpartition(".")[0] for name in trained}
    tensors = {
        (f"{name.removesuffix('.weight')}.{inner}.weight" if name.removesuffix(".weight") in modules else name): one
        for name, one in base.items()
    }
    for module in modules:
        for end, saved in (("a", a), ("b", b)):
            one = trained[f"{module}.lora_{end}"]
            tensors[f"{module}.{saved}"] = mx.contiguous(one.T) if kind == "peft" else one
    folder = copy_folder(tied_folder)
    mx.save_safetensors(str(folder / "model.safetensors"), tensors, metadata={"format": "mlx"})
    settings = {"r": 4, "lora_alpha": 4 * SCALE, "rank": 4, "alpha": 4 * SCALE}
    (folder / CONFIG).write_text(json.dumps(settings))
    wanted = bytes_of(tied_folder, tmp_path / "both.gguf", (Applied(read_adapter(adapter)),))
    assert bytes_of(folder, tmp_path / "unfused.gguf") == wanted
