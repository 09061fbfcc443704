"""Every form in which mlx-lm and mlx-vlm leave a model gives the same file: wrapped, with silent settings, of old.

That the form as published gives the same file as mlx-lm's is held to by test_families.py, with the same reference.
"""

import json

import mlx.core as mx
import numpy as np
import pytest
from gguf.quants import dequantize

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.golden.digest import digest_gguf
from tests.golden.family_models import family_models, loaded, save_mlx, save_published
from tests.golden.old_forms import digest_of_all, digests_of, old_forms, save_old_form
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

MODELS = {model.name: model for model in family_models()}
OLD = [(name, oldest) for name, forms in old_forms().items() for oldest in forms["others"]]
SILENT = {"group_size": 64, "bits": 4}  # what a config.json keeps whose exceptions are lost


def made_of(folder, target, kind=OutputType.F32):
    """The file that the app makes of a folder."""
    plan = prepare_plan(open_checkpoint(with_tokenizer(folder)), PlanOptions(kind))
    assert plan.can_convert, [finding.what for finding in plan.blockers]
    return QuickReader(convert(plan, target / f"{folder.name}.gguf").path)


def all_of(reader):
    """Keys and tensors, but for what depends on the folder's name."""
    digest = digest_gguf(reader)
    return {key: value for key, value in digest["keys"].items() if not key.startswith("general.")}, digest["tensors"]


def changed_folder(folder, target, arrays=None, config=None):
    target.mkdir()
    metadata = {"format": "mlx"}
    mx.save_safetensors(str(target / "model.safetensors"), arrays or loaded(folder / "model.safetensors"), metadata)
    settings = config or json.loads((folder / "config.json").read_text())
    (target / "config.json").write_text(json.dumps(settings))
    return target


@pytest.mark.parametrize("name", MODELS)
def test_wrapped_and_silent_folders_give_the_same_file(name, tmp_path):
    published = save_published(MODELS[name], tmp_path / "published")
    packed = save_mlx(published, tmp_path / "packed", {"group_size": 32, "bits": 8})
    usual = all_of(made_of(packed, tmp_path, OutputType.AUTO))
    wrapped = {f"language_model.{tensor}": array for tensor, array in loaded(packed / "model.safetensors").items()}
    config = json.loads((packed / "config.json").read_text())
    silent = {key: SILENT if key.startswith("quantization") else value for key, value in config.items()}
    assert all_of(made_of(changed_folder(packed, tmp_path / "wrapped", wrapped), tmp_path, OutputType.AUTO)) == usual
    folder = changed_folder(packed, tmp_path / "silent", config=silent)
    assert all_of(made_of(folder, tmp_path, OutputType.AUTO)) == usual


@pytest.mark.parametrize(("name", "oldest"), OLD)
def test_the_form_of_an_earlier_mlx_lm_gives_the_same_values(name, oldest, tmp_path):
    form, published = old_forms()[name]["others"][oldest], save_published(MODELS[name], tmp_path / "published")
    usual = save_mlx(published, tmp_path / "usual")
    old = save_old_form(form, usual, published, tmp_path / "old")
    digests = digests_of(old)
    assert {tensor: digests.get(tensor) for tensor in form["tensors"]} == form["tensors"]
    assert [tensor for tensor in form["without"] if digests.get(tensor) == digests_of(usual).get(tensor)] == []
    found, wanted = made_of(old, tmp_path), made_of(usual, tmp_path)
    assert all_of(found)[0] == all_of(wanted)[0]
    found, wanted = values_of(found), values_of(wanted)
    assert found.keys() == wanted.keys()
    assert [tensor for tensor in wanted if not np.array_equal(found[tensor], wanted[tensor])] == []


def values_of(reader):
    return {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}


def test_every_model_was_given_to_earlier_versions():
    assert old_forms().keys() == MODELS.keys()


@pytest.mark.parametrize("name", MODELS)
def test_the_usual_form_is_the_one_that_earlier_versions_were_compared_with(name, tmp_path):
    saved = save_mlx(save_published(MODELS[name], tmp_path / "published"), tmp_path / "saved")
    assert digest_of_all(digests_of(saved)) == old_forms()[name]["usual"]["digest"]
