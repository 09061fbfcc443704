"""A tiny model of every family computes in llama.cpp what it computes in mlx-lm."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.engines.ask import agreement, largest_difference
from tests.engines.family_question import ALLOWED, PROMPT
from tests.golden.family_models import family_models, save_mlx, save_published
from tests.tiny_checkpoints import with_tokenizer

MODELS = {model.name: model for model in family_models()}


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if not model.engines.get("skip")])
def test_same_probabilities(name, engines, tmp_path):
    how = MODELS[name].engines
    published = save_published(MODELS[name], tmp_path / "published", how.get("set"))
    folder = with_tokenizer(save_mlx(published, tmp_path / "model"))
    written = convert(prepare_plan(open_checkpoint(folder), PlanOptions(OutputType.F32)), tmp_path / "file.gguf").path
    llama_cpp, mlx = (engine.ask(path, "", PROMPT) for engine, path in zip(engines, (written, folder), strict=True))
    spread = min(max(position.values()) - min(position.values()) for position in mlx.next_tokens)
    assert spread > 1  # nats between the likeliest token and the twentieth
    assert largest_difference(llama_cpp, mlx) < how.get("allowed", ALLOWED)
    assert agreement(llama_cpp, mlx) >= 0.9  # nearly equal ones may change places
