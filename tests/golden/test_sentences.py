"""Tiny models that make vectors or scores → what llama.cpp's converter makes of the published folder."""

import json
import shutil

import gguf
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.purpose import Task
from app.core.convert import prepare_plan
from app.core.plan import PlanOptions
from tests.golden.check_same_file import check_same_file
from tests.golden.convert_folder import convert_folder
from tests.golden.family_models import KINDS, SENTENCES, FamilyModel, save_mlx, save_published
from tests.golden.sentence_files import save_sentence_files
from tests.tiny_checkpoints import with_tokenizer

MODELS = {path.stem: FamilyModel(path.stem) for path in sorted(SENTENCES.glob("*.json"))}


def published_folder(model, root):
    return save_sentence_files(model, with_tokenizer(save_published(model, root / "model")))


@pytest.mark.parametrize("name", MODELS)
def test_same_file_from_the_published_folder(name, tmp_path):
    (file,) = convert_folder(published_folder(MODELS[name], tmp_path), ["f32"], tmp_path)
    check_same_file(file, MODELS[name], "f32")


@pytest.mark.parametrize("name", MODELS)
def test_same_files_from_what_mlx_lm_saves_beside_the_files_that_say_what_it_is_for(name, tmp_path):
    model = MODELS[name]
    saved = save_mlx(save_published(model, tmp_path / "published"), tmp_path / "model")
    folder = save_sentence_files(model, with_tokenizer(saved))
    for kind, file in zip(KINDS, convert_folder(folder, KINDS, tmp_path), strict=True):
        check_same_file(file, model, kind)


def rename_tensors(folder, rename):
    import mlx.core as mx

    tensors = mx.load(str(folder / "model.safetensors"))
    assert isinstance(tensors, dict)
    renamed = {rename(name): tensor for name, tensor in tensors.items()}
    mx.save_safetensors(str(folder / "model.safetensors"), renamed, metadata={"format": "pt"})


@pytest.mark.parametrize("name", ["embeddinggemma", "qwen2-embedding", "qwen3-embedding"])
def test_same_file_where_names_lack_the_model_that_has_the_head(name, tmp_path):
    """As AutoModel saves them: Qwen3-Embedding and EmbeddingGemma are published so."""
    folder = published_folder(MODELS[name], tmp_path)
    rename_tensors(folder, lambda tensor: tensor.removeprefix("model."))
    (file,) = convert_folder(folder, ["f32"], tmp_path)
    check_same_file(file, MODELS[name], "f32")


def test_same_file_where_mlx_embeddings_has_put_the_matrices_into_the_model(tmp_path):
    import mlx.core as mx

    folder = published_folder(MODELS["embeddinggemma"], tmp_path)
    tensors = mx.load(str(folder / "model.safetensors"))
    assert isinstance(tensors, dict)
    for number, module in enumerate(("2_Dense", "3_Dense")):
        found = mx.load(str(folder / module / "model.safetensors"))
        assert isinstance(found, dict)
        tensors[f"dense.{number}.weight"] = found["linear.weight"]
        shutil.rmtree(folder / module)
    mx.save_safetensors(str(folder / "model.safetensors"), tensors, metadata={"format": "mlx"})
    (file,) = convert_folder(folder, ["f32"], tmp_path)
    check_same_file(file, MODELS["embeddinggemma"], "f32")
    assert "dense-left-out" not in [one.code for one in prepare_plan(open_checkpoint(folder), PlanOptions()).findings]


@pytest.mark.parametrize(
    ("name", "base", "task"),
    [
        ("qwen3-embedding", "Qwen/Qwen3-Embedding-0.6B", Task.EMBEDDING),
        ("qwen3-reranker", "Qwen/Qwen3-Reranker-0.6B", Task.RERANKING),
    ],
)
def test_same_file_where_mlx_lm_has_left_only_the_name_of_the_base_model(name, base, task, tmp_path):
    """Its own card: mlx_lm/utils.py, create_model_card."""
    model = MODELS[name]
    saved = save_mlx(save_published(model, tmp_path / "published"), tmp_path / "model")
    folder = save_sentence_files(model, with_tokenizer(saved))
    for path in (folder / "modules.json", folder / "1_Pooling" / "config.json"):
        path.unlink(missing_ok=True)
    card = {"library_name": "mlx", "pipeline_tag": "text-generation", "tags": ["mlx"], "base_model": base}
    (folder / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n", encoding="utf-8")
    assert prepare_plan(open_checkpoint(folder), PlanOptions()).task is task
    (file,) = convert_folder(folder, ["f32"], tmp_path)
    check_same_file(file, model, "f32")


@pytest.mark.parametrize(("bits", "kind"), [(4, "Q4_1"), (8, "Q8_0")])
def test_the_rows_of_both_answers_out_of_a_packed_table(bits, kind, tmp_path):
    model = MODELS["qwen3-reranker"]
    packing = {"bits": bits, "group_size": 64}
    saved = save_mlx(save_published(model, tmp_path / "published"), tmp_path / "model", packing)
    (file,) = convert_folder(save_sentence_files(model, with_tokenizer(saved)), ["auto"], tmp_path)
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    scores, table = (
        gguf.quants.dequantize(tensors[name].data, tensors[name].tensor_type)
        for name in ("cls.output.weight", "token_embd.weight")
    )
    assert tensors["cls.output.weight"].tensor_type.name == kind
    tokens = json.loads((tmp_path / "model" / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    assert (scores == table[[tokens["yes"], tokens["no"]]]).all()
