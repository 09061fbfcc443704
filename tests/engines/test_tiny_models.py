"""A converted file computes in llama.cpp what its folder computes in mlx-lm."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice, PlanOptions
from app.core.resources import resource_path
from tests.engines.ask import agreement, ids_of_file, ids_of_folder, largest_difference
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count

TEXT = "What is GGUF?\n\nA file that holds a model: tensors, vocabulary, names.  Ünïcode 🙂 too."
PROMPT = [2, *range(20, 340, 10)]


def converted(folder, tmp_path, kind=OutputType.F32, head=HeadChoice.AUTO):
    return convert(prepare_plan(open_checkpoint(folder), PlanOptions(kind, head)), tmp_path / "file.gguf").path


def answers(engines, folder, file):
    return [engine.ask(path, PROMPT) for engine, path in zip(engines, (file, folder), strict=True)]


def spread(answer):
    """Nats between the likeliest token and the last one reported."""
    return min(max(p.values()) - min(p.values()) for p in answer.next_tokens)


@pytest.mark.parametrize("head", ["none", "changed"])
def test_same_probabilities(head, engines, tmp_path):
    folder = gemma3_folder(tmp_path / "model", head, exact_norms=True)
    file = converted(folder, tmp_path)
    ours, original = answers(engines, folder, file)
    assert spread(original) > 1
    assert largest_difference(ours, original) < 0.05
    assert agreement(ours, original) == 1
    assert ids_of_file(file, TEXT) == ids_of_folder(folder, TEXT)


def test_packed_folder(engines, tmp_path):
    folder = gemma3_folder(tmp_path / "model", exact_norms=True, quantize=lambda _: True)
    ours, original = answers(engines, folder, converted(folder, tmp_path))
    assert largest_difference(ours, original) < 0.05
    assert agreement(ours, original) == 1


def test_another_attention_scale(engines, tmp_path):
    folder = gemma3_folder(
        tmp_path / "model", exact_norms=True, config=gemma3_config(row_count(), query_pre_attn_scalar=8)
    )
    ours, original = answers(engines, folder, converted(folder, tmp_path))
    assert largest_difference(ours, original) < 0.05
    assert agreement(ours, original) == 1


def test_a_head_thrown_away_shows(engines, tmp_path):
    folder = gemma3_folder(tmp_path / "model", "changed", exact_norms=True)
    ours, original = answers(engines, folder, converted(folder, tmp_path, head=HeadChoice.SHARE))
    assert largest_difference(ours, original) > 0.5


def test_the_bundled_sample(engines, tmp_path):
    folder = resource_path("sample/mlx-ferry-sample")
    file = converted(folder, tmp_path, kind=OutputType.BF16)
    ours, original = answers(engines, folder, file)
    assert largest_difference(ours, original) < 0.1  # mlx-lm rounds 1 + norm weight to bfloat16, GGUF does not
    assert ids_of_file(file, TEXT) == ids_of_folder(folder, TEXT)
