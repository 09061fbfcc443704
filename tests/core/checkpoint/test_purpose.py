"""What a folder is for is read from its files, and else from the names in it."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.purpose import Purpose, Task
from app.core.checkpoint.sentence_modules import Pooling

PLAIN = {"model_type": "qwen3"}


def purpose(folder, card=None, config=None, name="model", readme=""):
    (folder / "config.json").write_text(json.dumps({**PLAIN, **(config or {})}))
    head = f"---\n{json.dumps(card)}\n---\n" if card is not None else ""
    (folder / "README.md").write_text(head + readme)
    return open_checkpoint(folder.rename(folder.with_name(name))).purpose


def test_a_usual_model(folder):
    assert purpose(folder, {"base_model": "Qwen/Qwen3-0.6B", "pipeline_tag": "text-generation"}) == Purpose()


@pytest.mark.parametrize(
    "card",
    [
        {"library_name": "sentence-transformers"},
        {"pipeline_tag": "feature-extraction"},
        {"pipeline_tag": "sentence-similarity"},
        {"pipeline_tag": "text-generation", "library_name": "mlx", "tags": ["mlx", "sentence-transformers"]},
    ],
)
def test_a_card_says_that_a_model_makes_vectors_and_leaves_open_how(card, folder):
    assert purpose(folder, card) == Purpose(Task.EMBEDDING, "README.md")


@pytest.mark.parametrize("card", [{"tags": 1}, {"tags": [1, None]}, {"base_model": [1, {}]}, {"base_model": 5}])
def test_a_strange_card_says_nothing(card, folder):
    assert purpose(folder, card) == Purpose()


@pytest.mark.parametrize(
    ("base", "model", "pooling"),
    [
        ("Qwen/Qwen3-Embedding-0.6B", "Qwen3-Embedding", Pooling.LAST),
        (["google/embeddinggemma-300m"], "EmbeddingGemma", Pooling.MEAN),
        ("Alibaba-NLP/gte-Qwen2-1.5B-instruct", "gte-Qwen2", Pooling.LAST),
        ("intfloat/e5-mistral-7b-instruct", "e5-mistral", Pooling.LAST),
    ],
)
def test_a_base_model_whose_pooling_is_known(base, model, pooling, folder):
    assert purpose(folder, {"base_model": base}) == Purpose(Task.EMBEDDING, "README.md", pooling, model)


def test_the_folders_own_name_counts_too(folder):
    found = purpose(folder, name="Qwen3-Embedding-8B-4bit")
    assert (found.task, found.pooling, found.said_by) == (Task.EMBEDDING, Pooling.LAST, "the folder's name")


def test_modules_count_before_names(folder):
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    found = purpose(folder, {"base_model": "Qwen/Qwen3-Embedding-0.6B"})
    assert (found.task, found.pooling, found.known_model) == (Task.EMBEDDING, Pooling.MEAN, "")


@pytest.mark.parametrize(
    "said",
    [
        {"card": {"base_model": "Qwen/Qwen3-Reranker-0.6B"}},
        {"config": {"_name_or_path": "Qwen/Qwen3-Reranker-4B"}},
        {"name": "qwen3-reranker-0.6b-mlx"},
        {"readme": "text\n# Qwen3-Reranker-0.6B\n"},
    ],
)
def test_names_of_a_qwen_reranker(said, folder):
    found = purpose(folder, **said)
    assert (found.task, found.names_qwen_reranker) == (Task.RERANKING, True)


@pytest.mark.parametrize(
    "said",
    [
        {"card": {"base_model": "jinaai/jina-reranker-v3"}},
        {"card": {"pipeline_tag": "text-ranking"}},
        {"card": {"base_model": "Qwen/Qwen3-Reranker-0.6B"}, "config": {"model_type": "qwen2"}},
    ],
)
def test_rerankers_of_other_kinds(said, folder):
    found = purpose(folder, **said)
    assert (found.task, found.names_qwen_reranker) == (Task.RERANKING, False)
