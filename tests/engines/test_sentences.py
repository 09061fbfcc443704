"""A tiny embedding model gives in llama.cpp the vectors that mlx-lm's hidden states give, a reranker its scores."""

import numpy as np
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.core.plan.ranking import PROMPT
from tests.engines.sentence_process import SentenceProcess
from tests.golden.family_models import FamilyModel, save_decoded, save_mlx, save_published
from tests.golden.sentence_files import save_sentence_files
from tests.tiny_checkpoints import with_tokenizer

TEXTS = (
    "The first snow fell on the harbour during the night.",
    "Where can I find the opening hours of the library?",
    "def area(width, height): return width * height",
    "a",
    "Bread is baked of flour, water, salt and time.",
    "The capital of Norway is Oslo.",
    "1 2 3 4 5 6 7 8 9 10",
    "What is the boiling point of water at sea level?",
    "She said that nobody had told her about the meeting.",
    "In spring the river carries more water than in summer.",
)
QUERY = "When does the river carry most water?"
CLOSEST = 0.9999
SCORE_ALLOWED = 0.002


@pytest.fixture(scope="module")
def engines():
    found = SentenceProcess("llama_sentences"), SentenceProcess("mlx_sentences")
    yield found
    for engine in found:
        engine.close()


def converted(name, root, packing=None):
    """The folder as mlx-lm saves it, with the files that say what it is for, and our file."""
    model = FamilyModel(name)
    saved = save_mlx(save_published(model, root / "published"), root / "model", packing)
    folder = save_sentence_files(model, with_tokenizer(saved))
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(OutputType.F32))
    return folder, convert(plan, root / "file.gguf").path, plan


@pytest.mark.parametrize(
    ("name", "pooling", "sees_all"),
    [
        ("qwen3-embedding", "lasttoken", False),
        ("qwen2-embedding", "mean", False),
        ("qwen2-embedding-sees-all", "lasttoken", True),
        ("embeddinggemma", "mean", True),
    ],
)
def test_same_vectors(name, pooling, sees_all, engines, tmp_path):
    llama_cpp, mlx = engines
    folder, file, _ = converted(name, tmp_path)
    ours = llama_cpp.answer({"model": str(file), "texts": TEXTS})
    dense = [str(path) for path in sorted(folder.glob("*_Dense/model.safetensors"))]
    theirs = mlx.answer(
        {"model": str(folder), "ids": ours["ids"], "pooling": pooling, "dense": dense, "sees_all": sees_all}
    )
    first, second = np.array(ours["vectors"]), np.array(theirs["vectors"])
    assert first.shape == second.shape == (len(TEXTS), 128)
    assert (first * second).sum(axis=1).min() >= CLOSEST  # both have length 1
    assert (second[:1] * second[1:]).sum(axis=1).max() < 0.99  # other texts have other vectors


@pytest.mark.parametrize("packing", [None, {"bits": 4, "group_size": 64}, {"bits": 8, "group_size": 32}])
@pytest.mark.parametrize("name", ["qwen3-reranker", "qwen3-reranker-untied"])
def test_same_scores(name, packing, engines, tmp_path):
    llama_cpp, mlx = engines
    folder, file, plan = converted(name, tmp_path, packing)
    ours = llama_cpp.answer({"model": str(file), "query": QUERY, "documents": TEXTS, "prompt": PROMPT})
    tokens = next(entry.value for entry in plan.metadata if entry.key == "tokenizer.ggml.tokens")
    answers = [tokens.index("yes"), tokens.index("no")]
    if packing:  # MLX's kernels for packed weights round
        folder = save_decoded(folder, tmp_path / "decoded")
    theirs = mlx.answer({"model": str(folder), "ids": ours["ids"], "answers": answers})
    assert np.abs(np.array(ours["scores"]) - theirs["scores"]).max() < SCORE_ALLOWED
    assert np.ptp(theirs["scores"]) > 10 * SCORE_ALLOWED
