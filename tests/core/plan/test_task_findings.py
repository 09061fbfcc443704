"""What is said of a model that makes vectors or scores, and of what its folder leaves open."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.purpose import Task
from app.core.convert import prepare_plan
from app.core.plan import PlanOptions
from tests.expect_finding import NOTE, WARNING, expect_finding
from tests.golden.family_models import FamilyModel, save_published
from tests.golden.sentence_files import save_sentence_files
from tests.tiny_checkpoints import with_tokenizer

OWN = {"embedding-model", "unknown-pooling", "unsupported-pooling", "dense-left-out", "reranker", "reranker-as-text"}


@pytest.fixture
def folder_of(tmp_path):
    def folder(name, card=None, pooling=None):
        model = FamilyModel(name)
        found = save_sentence_files(model, with_tokenizer(save_published(model, tmp_path / "model")))
        if card is not None:
            (found / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n", encoding="utf-8")
        if pooling is not None:
            (found / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
        return found

    return folder


def planned(folder):
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    assert plan.can_convert
    return plan


def expect_only(plan, *codes):
    assert [one.code for one in plan.findings if one.code in OWN] == list(codes)


def keys(plan):
    return {entry.key for entry in plan.metadata}


def test_a_usual_model_says_nothing(folder_of):
    plan = planned(folder_of("qwen3"))
    expect_only(plan)
    assert plan.task is Task.TEXT


@pytest.mark.parametrize(
    ("name", "words"),
    [("qwen3-embedding", "last token"), ("qwen2-embedding", "mean"), ("embeddinggemma", "mean")],
)
def test_an_embedding_model(name, words, folder_of):
    plan = planned(folder_of(name))
    expect_only(plan, "embedding-model")
    found = expect_finding(plan.findings, "embedding-model", NOTE)
    assert words in found.meaning
    assert "modules.json" in found.meaning
    assert "llama-embedding" in found.advice
    assert plan.task is Task.EMBEDDING


def test_a_base_model_that_is_known_is_named(folder_of):
    plan = planned(folder_of("qwen3", {"base_model": "Qwen/Qwen3-Embedding-0.6B"}))
    found = expect_finding(plan.findings, "embedding-model", NOTE)
    assert "as in Qwen3-Embedding, which README.md names" in found.meaning
    assert "qwen3.pooling_type" in keys(plan)


def test_only_an_embedding_model_may_see_what_comes_after_a_token(folder_of):
    folder = folder_of("qwen2-embedding-sees-all")
    assert "qwen2.attention.causal" in keys(planned(folder))
    (folder / "modules.json").unlink()
    (folder / "1_Pooling" / "config.json").unlink()
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    assert [one.code for one in plan.blockers] == ["unsupported-setting"]


def test_pooling_that_nobody_names_is_not_made_up(folder_of):
    plan = planned(folder_of("qwen3", {"tags": ["sentence-transformers"]}))
    expect_only(plan, "unknown-pooling")
    assert "--pooling" in expect_finding(plan.findings, "unknown-pooling", WARNING).advice
    assert "qwen3.pooling_type" not in keys(plan)
    assert plan.task is Task.EMBEDDING


def test_pooling_that_llama_cpp_has_not(folder_of):
    plan = planned(folder_of("qwen3-embedding", pooling={"pooling_mode_weightedmean_tokens": True}))
    expect_only(plan, "unsupported-pooling")
    assert "weightedmean" in expect_finding(plan.findings, "unsupported-pooling", WARNING).what
    assert "qwen3.pooling_type" not in keys(plan)


def test_embedding_gemma_is_one_whatever_its_folder_says(folder_of):
    folder = folder_of("embeddinggemma")
    (folder / "modules.json").unlink()
    (folder / "1_Pooling" / "config.json").unlink()
    expect_only(planned(folder), "unknown-pooling")


def test_dense_layers_without_a_place(folder_of):
    folder = folder_of("qwen3-embedding")
    listed = json.loads((folder / "modules.json").read_text())
    listed.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(listed))
    plan = planned(folder)
    expect_only(plan, "embedding-model", "dense-left-out")
    assert "3_Dense" in expect_finding(plan.findings, "dense-left-out", WARNING, "3_Dense").what


def test_dense_layers_that_are_more_than_a_matrix(folder_of):
    folder = folder_of("embeddinggemma")
    for module in ("2_Dense", "3_Dense"):
        (folder / module / "config.json").write_text('{"bias": false, "activation_function": "torch.nn.Tanh"}')
    plan = planned(folder)
    expect_only(plan, "embedding-model", "dense-left-out")
    assert not any(tensor.name.startswith("dense") for tensor in plan.tensors)


def test_one_dense_layer_of_two_is_missing(folder_of):
    folder = folder_of("embeddinggemma")
    (folder / "3_Dense" / "model.safetensors").unlink()
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    assert [one.code for one in plan.blockers] == ["missing-tensor"]


@pytest.mark.parametrize("name", ["qwen3-reranker", "qwen3-reranker-untied"])
def test_a_reranker(name, folder_of):
    plan = planned(folder_of(name))
    expect_only(plan, "reranker")
    assert "--reranking" in expect_finding(plan.findings, "reranker", NOTE).advice
    assert plan.task is Task.RERANKING
    assert [tensor.shape[0] for tensor in plan.tensors if tensor.name == "cls.output.weight"] == [2]
    assert not any(tensor.name == "output.weight" for tensor in plan.tensors)
    assert not any(one.code.startswith("lm-head") for one in plan.findings)


def test_a_reranker_without_its_answers_continues_texts(folder_of):
    plan = planned(folder_of("qwen3", {"base_model": "Qwen/Qwen3-Reranker-0.6B"}))
    expect_only(plan, "reranker-as-text")
    assert plan.task is Task.TEXT
    assert "qwen3.pooling_type" not in keys(plan)


def test_a_reranker_of_another_family_continues_texts(folder_of):
    plan = planned(folder_of("llama", {"base_model": "org/llama-reranker"}))
    expect_only(plan, "reranker-as-text")
    expect_finding(plan.findings, "reranker-as-text", WARNING)
