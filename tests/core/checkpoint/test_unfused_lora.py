"""Weights with the layers of LoRA still around them: one finding, whoever made them, and the way out works."""

import json
import subprocess
import sys

import mlx.core as mx
import pytest
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import load_model, save_model

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.unfused_lora import find_unfused_lora
from app.core.convert.prepare import prepare_plan
from app.core.plan import PlanOptions
from tests.expect_finding import STOP, expect_finding

SETTINGS = {"rank": 4, "scale": 10.0, "dropout": 0.0}


def findings_of(folder):
    return prepare_plan(open_checkpoint(folder), PlanOptions()).findings


def tuned_model(base, kind):
    """A model with layers of LoRA that change something."""
    model, _ = load_model(base)
    model.freeze()
    linear_to_lora_layers(model, 2, SETTINGS, use_dora=kind == "dora")
    for _, layer in model.named_modules():
        if "lora_b" in layer:
            layer.lora_b = mx.random.normal(layer.lora_b.shape, key=mx.random.key(1)) * 0.05
    return model


@pytest.fixture(params=["lora", "dora"])
def kind(request):
    return request.param


def test_saved_with_the_layers_of_mlx_lm(tied_folder, copy_folder, kind):
    folder = copy_folder(tied_folder)
    model = tuned_model(folder, kind)
    save_model(folder, model)
    with pytest.raises(ValueError, match="lora_a"):
        load_model(folder)
    findings = findings_of(folder)
    assert findings == (expect_finding(findings, "unfused-lora", STOP, findings[0].subject),)
    assert "mlx_lm.fuse" in findings[0].advice


def test_packed_weights_are_not_explained_a_second_time(tied_folder, copy_folder):
    from mlx_lm.utils import quantize_model

    folder = copy_folder(tied_folder)
    model, config = load_model(folder)
    model, config = quantize_model(model, config, 64, 4)
    model.freeze()
    linear_to_lora_layers(model, 2, SETTINGS)
    save_model(folder, model)
    (folder / "config.json").write_text(json.dumps(config))
    assert [finding.code for finding in findings_of(folder)] == ["unfused-lora"]


def test_fused_before_it_is_saved(tied_folder, copy_folder, kind):
    """What the advice says; the line is the one of the advice."""
    folder = copy_folder(tied_folder)
    model = tuned_model(folder, kind)
    save_model(folder, model)
    line = findings_of(folder)[0].advice.partition("saved: ")[2]
    exec(line, {"model": model, "tree_unflatten": tree_unflatten})
    save_model(folder, model)
    assert findings_of(folder) == findings_of(tied_folder)


@pytest.mark.parametrize("fine_tune_type", ["lora", "dora", "full"])
def test_the_command_for_adapters_works(tied_folder, tmp_path, fine_tune_type):
    """Filled in from adapter_config.json, with a blank in the path."""
    adapters = tmp_path / "my adapters"
    adapters.mkdir()
    if fine_tune_type == "full":
        model, _ = load_model(tied_folder)
        model.freeze()
        model.layers[-1].unfreeze()
    else:
        model = tuned_model(tied_folder, fine_tune_type)
    mx.save_safetensors(str(adapters / "adapters.safetensors"), dict(tree_flatten(model.trainable_parameters())))
    settings = {
        "model": str(tied_folder),
        "num_layers": 2,
        "lora_parameters": SETTINGS,
        "fine_tune_type": fine_tune_type,
    }
    (adapters / "adapter_config.json").write_text(json.dumps(settings))
    command = findings_of(adapters)[0].advice.partition("mlx_lm.fuse ")[2]
    subprocess.run(f"{sys.executable} -m mlx_lm fuse {command}", shell=True, check=True, capture_output=True)
    plan = prepare_plan(open_checkpoint(tmp_path / "my adapters-fused"), PlanOptions())
    assert plan.can_convert


OF_OTHERS = {
    "mlx-vlm": ["q_proj.original_layer.weight", "q_proj.A", "q_proj.B"],
    "PEFT": ["q_proj.base_layer.weight", "q_proj.lora_A.default.weight", "q_proj.lora_B.default.weight"],
    "PEFT without names": ["q_proj.base_layer.weight", "q_proj.lora_A.weight", "q_proj.lora_B.weight"],
    "DoRA of PEFT": ["q_proj.base_layer.weight", "q_proj.lora_magnitude_vector.default.weight"],
}


@pytest.mark.parametrize("names", OF_OTHERS.values(), ids=OF_OTHERS)
def test_layers_of_other_programs(names):
    finding = find_unfused_lora(["model.norm.weight", *names])
    assert finding is not None
    assert finding.subject == names[0]
    assert ("merge_and_unload" in finding.advice) == ("base_layer" in names[0])


@pytest.mark.parametrize(
    "name",
    ["mixer.A_log", "mixer.A", "blocks.0.attn.B", "self_attn.kv_a_proj_with_mqa.weight", "attn.w_lora.lora.0.weight"],
)
def test_names_that_only_look_so(name):
    assert find_unfused_lora([name]) is None
