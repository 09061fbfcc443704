"""A type that is no family is one stop: what kind of model it is, and who else may read it."""

import json
from pathlib import Path

import mlx_lm.models
import pytest
from mlx_lm.utils import MODEL_REMAPPING

from app.core.architectures import ARCHITECTURES
from app.core.architectures.unsupported import UNSUPPORTED
from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.plan import PlanOptions
from app.core.plan.unsupported_types import KINDS
from app.core.resources import resource_path
from tests.core.model.packed_by_others import packed_folder, with_config
from tests.expect_finding import STOP, expect_finding

CODE = "unsupported-model-type"


def the_finding(folder, code):
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    assert len(plan.findings) == 1
    return expect_finding(plan.findings, code, STOP, "config.json")


# Kinds by transformers 5.24 and mlx-vlm 0.7.10; architectures as published, known or not by llama.cpp b9585
@pytest.mark.parametrize(
    ("model_type", "architecture", "kind", "is_converted"),
    [
        ("glm4v", "Glm4vForConditionalGeneration", "sees", True),
        ("deepseek_vl_v2", "DeepseekVLV2ForCausalLM", "sees", False),
        ("mllama", "MllamaForConditionalGeneration", "sees", False),
        ("idefics3", "Idefics3ForConditionalGeneration", "sees", True),
        ("whisper", "WhisperForConditionalGeneration", "hears", False),
        ("qwen2_audio", "Qwen2AudioForConditionalGeneration", "hears", True),
        ("t5", "T5ForConditionalGeneration", "rewrites", True),
        ("bert", "BertModel", "encodes", True),
        ("deberta-v2", "DebertaV2ForTokenClassification", "encodes", False),
        ("bloom", "BloomForCausalLM", "writes", True),
        ("opt", "OPTForCausalLM", "writes", False),
        ("clip", "CLIPModel", "pictures", False),
        ("patchtst", "PatchTSTForPrediction", "series", False),
    ],
)
def test_the_kind_is_named_and_who_converts_it(tied_folder, copy_folder, model_type, architecture, kind, is_converted):
    folder = with_config(copy_folder(tied_folder), model_type=model_type, architectures=[architecture])
    finding = the_finding(folder, CODE)
    assert repr(model_type) in finding.what
    assert KINDS[kind] in finding.what
    assert architecture in finding.advice
    assert ("convert_hf_to_gguf.py knows" in finding.advice) is is_converted


def test_nothing_else_is_said_of_such_a_folder(tmp_path):
    """Not that its weights are FP8, nor that it has no tokenizer: neither would help."""
    folder = packed_folder(tmp_path / "model", "fp8", {"quant_method": "fp8"})
    (folder / "tokenizer.json").unlink()
    the_finding(with_config(folder, model_type="mllama"), CODE)


def test_a_part_of_a_diffusion_model(tied_folder, copy_folder):
    """As diffusers writes its config.json: a class, and no type."""
    folder = with_config(copy_folder(tied_folder), model_type=None, _class_name="FluxTransformer2DModel")
    (folder / "tokenizer.json").unlink()
    assert "FluxTransformer2DModel" in the_finding(folder, "diffusion-model").what
    (folder / "model.safetensors").write_bytes(b"cut")
    the_finding(folder, "diffusion-model")


def test_a_type_that_nobody_knows_is_met_with_similar_ones(tied_folder, copy_folder):
    finding = the_finding(with_config(copy_folder(tied_folder), model_type="gemma3_txt"), "unknown-model-type")
    assert "gemma3_text" in finding.advice
    assert len(finding.advice) < 200


@pytest.mark.parametrize("architectures", [None, [], ["Perceptron"], [7], {"a": 1}])
def test_a_type_that_is_like_none(tied_folder, copy_folder, architectures):
    folder = with_config(copy_folder(tied_folder), model_type="perceptron", architectures=architectures)
    finding = the_finding(folder, "unknown-model-type")
    assert "llama.cpp's own converter" in finding.advice


@pytest.mark.parametrize("model_type", ["", "x" * 100_000, "\x1b[31m"])
def test_no_type_is_too_strange(tied_folder, copy_folder, model_type):
    the_finding(with_config(copy_folder(tied_folder), model_type=model_type), "unknown-model-type")


def test_every_kind_has_its_words():
    known = json.loads(resource_path("model_kinds.json").read_text())
    assert known.keys() == {*KINDS, "llama_cpp"}
    types = [one for kind in KINDS for one in known[kind]]
    assert len(types) == len(set(types))


def test_no_type_of_mlx_lm_is_said_to_have_no_class_there():
    known = json.loads(resource_path("model_kinds.json").read_text())
    ours = {name for family in ARCHITECTURES for name in family.model_types} | UNSUPPORTED.keys()
    said = {one for kind in KINDS for one in known[kind]} - ours
    assert not said & MODEL_REMAPPING.keys()
    models = {path.stem for path in Path(mlx_lm.models.__path__[0]).glob("*.py")}
    assert not said & models
