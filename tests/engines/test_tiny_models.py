"""A converted file computes in llama.cpp what its folder computes in mlx-lm."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice, PlanOptions
from app.core.resources import resource_path
from tests.engines.ask import agreement, ask_llama_cpp, ask_mlx, largest_difference
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count

TEXT = "What is GGUF?\n\nA file that holds a model: tensors, vocabulary, names.  Ünïcode 🙂 too."
PROMPT = [2, *range(20, 340, 10)]


def answers(folder, tmp_path, kind=OutputType.F32, head=HeadChoice.AUTO):
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(kind, head))
    file = convert(plan, tmp_path / "file.gguf").path
    return ask_llama_cpp(file, TEXT, PROMPT), ask_mlx(folder, TEXT, PROMPT)


def spread(answer):
    """Nats between the likeliest token and the last one reported."""
    return min(max(p.values()) - min(p.values()) for p in answer.next_tokens)


@pytest.mark.parametrize("head", ["none", "changed"])
def test_same_probabilities(head, tmp_path):
    file, original = answers(gemma3_folder(tmp_path / "model", head, exact_norms=True), tmp_path)
    assert spread(original) > 1
    assert largest_difference(file, original) < 0.05
    assert agreement(file, original) == 1
    assert file.ids == original.ids


def test_packed_folder(tmp_path):
    # not the embedding: mlx-lm decodes it in bfloat16, which rounds once more
    folder = gemma3_folder(tmp_path / "model", exact_norms=True, quantize=lambda path: "layers" in path)
    file, original = answers(folder, tmp_path)
    assert largest_difference(file, original) < 0.05
    assert agreement(file, original) == 1


def test_another_attention_scale(tmp_path):
    folder = gemma3_folder(
        tmp_path / "model", exact_norms=True, config=gemma3_config(row_count(), query_pre_attn_scalar=8)
    )
    file, original = answers(folder, tmp_path)
    assert largest_difference(file, original) < 0.05
    assert agreement(file, original) == 1


def test_a_head_thrown_away_shows(tmp_path):
    folder = gemma3_folder(tmp_path / "model", "changed", exact_norms=True)
    file, original = answers(folder, tmp_path, head=HeadChoice.SHARE)
    assert largest_difference(file, original) > 0.5


def test_the_bundled_sample(tmp_path):
    file, original = answers(resource_path("sample/mlx-ferry-sample"), tmp_path, kind=OutputType.BF16)
    assert largest_difference(file, original) < 0.1  # mlx-lm rounds 1 + norm weight to bfloat16, GGUF does not
    assert file.ids == original.ids
