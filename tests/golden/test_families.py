"""A tiny model of every family, saved by mlx-lm → what llama.cpp's converter makes of the published folder."""

import json
import shutil

import pytest

from app.core.architectures import ARCHITECTURES, find_architecture
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.golden.check_same_file import check_same_file
from tests.golden.convert_folder import convert_folder
from tests.golden.digest import digest_gguf
from tests.golden.family_models import KINDS, FamilyModel, family_models, save_mlx, save_published
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

MODELS = {model.name: model for model in family_models()}
BOTH = MODELS | {model.name: model for model in family_models(is_rounded=True)}


def converts_huggingface(model):
    family = find_architecture(model.config["model_type"], model.config)
    return family is not None and family.converts_huggingface


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    """The folder that mlx-lm saves, once."""
    root = tmp_path_factory.mktemp("families")

    def folder(name):
        if not (root / name).exists():
            with_tokenizer(save_mlx(save_published(MODELS[name], root / "published" / name), root / name))
        return root / name

    return folder


@pytest.mark.parametrize("name", MODELS)
def test_same_files_as_llama_cpp_makes_of_the_original(name, folder_of, tmp_path):
    for kind, file in zip(KINDS, convert_folder(folder_of(name), KINDS, tmp_path), strict=True):
        check_same_file(file, MODELS[name], kind)


@pytest.mark.parametrize("name", [name for name in BOTH if converts_huggingface(BOTH[name])])
def test_same_file_from_the_published_folder(name, tmp_path):
    folder = with_tokenizer(save_published(BOTH[name], tmp_path / "model"))
    (file,) = convert_folder(folder, ["f32"], tmp_path)
    check_same_file(file, BOTH[name], "f32")


@pytest.mark.parametrize("name", [name for name in BOTH if not converts_huggingface(BOTH[name])])
def test_of_a_published_folder_that_is_refused_only_that_is_said(name, tmp_path):
    folder = with_tokenizer(save_published(BOTH[name], tmp_path / "model"))
    assert [finding.code for finding in prepare_plan(open_checkpoint(folder), PlanOptions()).blockers] == [
        "published-layout"
    ]


def test_wrapped_lfm2_becomes_the_same_file(folder_of, tmp_path):
    """mlx-lm loads the wrapper only where the convolutions have been moved already, as mlx-vlm saves them."""
    import mlx.core as mx
    from mlx_lm import utils

    bare, wrapped = folder_of("lfm2"), tmp_path / "wrapped"
    shutil.copytree(bare, wrapped)
    tensors = mx.load(str(bare / "model.safetensors"))
    assert isinstance(tensors, dict)
    mx.save_safetensors(
        str(wrapped / "model.safetensors"),
        {f"language_model.{name}": tensor for name, tensor in tensors.items()},
        metadata={"format": "mlx"},
    )
    (wrapped / "model.safetensors.index.json").unlink(missing_ok=True)
    digests = []
    for folder, spelling in ((bare, "lfm2"), (wrapped, "lfm2_vl"), (wrapped, "lfm2-vl")):  # published, mlx-lm's
        if folder is wrapped:
            config = {"model_type": spelling, "text_config": MODELS["lfm2"].config}
            (wrapped / "config.json").write_text(json.dumps(config), encoding="utf-8")
        plan = prepare_plan(open_checkpoint(folder), PlanOptions(OutputType.F32))
        digest = digest_gguf(QuickReader(convert(plan, tmp_path / f"{spelling}.gguf").path))
        keys = {key: value for key, value in digest["keys"].items() if not key.startswith("general.")}
        digests.append((keys, digest["tensors"]))
    utils.load_model(wrapped)
    assert digests[0] == digests[1] == digests[2]


def test_a_tied_falcon_h1_becomes_the_same_file_from_either_layout(tmp_path):
    """llama.cpp's converter writes no head for it, and the embedding has another multiplier."""
    model = FamilyModel("falcon_h1")
    del model.data["source"]["lm_head.weight"]
    published = save_published(model, tmp_path / "published", {"tie_word_embeddings": True})
    saved = save_mlx(published, tmp_path / "saved")
    digests = []
    for folder in (with_tokenizer(published), with_tokenizer(saved)):
        plan = prepare_plan(open_checkpoint(folder), PlanOptions(OutputType.F32))
        digests.append(digest_gguf(QuickReader(convert(plan, tmp_path / f"{folder.name}.gguf").path))["tensors"])
    assert digests[0] == digests[1]
    others = {name: f"F32:{sha[:16]}" for name, (_, _, sha) in digests[0].items() if name != "output.weight"}
    untied = {name: row[1] for name, row in model.reference["tensors"].items() if name in others}
    assert others == untied


def test_every_family_has_a_model():
    types = {model.config["model_type"] for model in MODELS.values()} | {"gemma3", "gemma3_text"}
    assert [family.name for family in ARCHITECTURES if types.isdisjoint(family.model_types)] == []
