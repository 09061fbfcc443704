"""Gemma 3 270M, the real one: turned back into an MLX folder, converted, and run by both engines."""

import gguf
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import HeadAction, PlanOptions
from app.core.verify.engines import EngineKind
from tests.engines.ask import ids_of_file, ids_of_folder, mean_divergence, same_best, table_of
from tests.engines.real_gemma import MANY_LANGUAGES
from tests.quick_reader import QuickReader

pytestmark = pytest.mark.slow_real_model


def both(folder, kind, prompt):
    """Log-probabilities that mlx-lm computes with a folder, and llama.cpp with the file that we make of it."""
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(kind))
    assert plan.lm_head.action is HeadAction.SHARE
    file = convert(plan, folder.parent / "gemma.gguf").path
    return file, table_of(EngineKind.MLX_LM, folder, prompt), table_of(EngineKind.LLAMA_CPP, file, prompt)


def test_llama_cpp_and_mlx_agree_on_the_real_model(save, prompt):
    folder = save()
    file, original, ours = both(folder, OutputType.AUTO, prompt)
    assert same_best(original, ours) >= 0.97
    ids = ids_of_file(file, MANY_LANGUAGES)
    assert ids == ids_of_folder(folder, MANY_LANGUAGES)
    assert len(ids) > 100


@pytest.mark.parametrize(
    ("bits", "kind", "written", "allowed"),
    [
        (4, OutputType.LOSSLESS, gguf.GGMLQuantizationType.Q4_1, 0.005),
        (8, OutputType.AUTO, gguf.GGMLQuantizationType.Q8_0, 0.01),
    ],
)
def test_the_real_model_packed(bits, kind, written, allowed, save, prompt):
    file, original, ours = both(save(lambda _: {"bits": bits, "group_size": 64}), kind, prompt)
    types = {tensor.tensor_type for tensor in QuickReader(file).tensors}
    assert types == {written, gguf.GGMLQuantizationType.F32}
    assert mean_divergence(original, ours) < allowed
    assert same_best(original, ours) >= 0.97
