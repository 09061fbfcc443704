"""Gemma 3 270M, the real one, alone and with an adapter that was trained on it: both engines compute the same.

Each folder is saved once, and mlx-lm computes with it once, for all that is compared with that.
"""

from functools import cache

import gguf
import pytest
from tokenizers import Tokenizer

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare, prepare_plan
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.plan import HeadAction, PlanOptions
from tests.engines.ask import ids_of_file, ids_of_folder, mean_divergence, same_best
from tests.engines.make_real_adapter import ADAPTER
from tests.engines.real_gemma import ENGLISH, MANY_LANGUAGES, weights_of
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import save_checkpoint

pytestmark = pytest.mark.slow_real_model


@pytest.fixture(scope="module")
def folder_of(published_gguf, published_tokenizer, tmp_path_factory):
    """A function: bits of its weights → the folder as mlx-lm saves it."""
    config, tensors = weights_of(published_gguf)

    @cache
    def folder(bits):
        how = None if bits == 16 else lambda _: {"bits": bits, "group_size": 64}
        place = tmp_path_factory.mktemp(f"{bits}-bits") / "gemma-3-270m"
        return save_checkpoint(place, tensors, config, quantize=how, tokenizer=published_tokenizer.parent)

    return folder


@pytest.fixture(scope="module")
def prompt(published_tokenizer):
    ids = Tokenizer.from_file(str(published_tokenizer)).encode(ENGLISH).ids[:40]
    assert len(ids) == 40
    return ids


@pytest.fixture(scope="module")
def by_mlx(engines, folder_of, prompt):
    """A function: bits, a folder with an adapter or None → log-probabilities by mlx-lm."""
    return cache(lambda bits, adapter=None: engines[1].table(folder_of(bits), prompt, adapter=adapter and str(adapter)))


@pytest.fixture
def by_llama_cpp(engines, prompt):
    """A function: a file → log-probabilities by llama.cpp, with all threads."""
    return lambda file: engines[0].table(file, prompt, threads=0)


@pytest.fixture
def write(folder_of, tmp_path):
    """A function: bits, type → the file that we make of a folder."""

    def written(bits, kind):
        plan = prepare_plan(open_checkpoint(folder_of(bits)), PlanOptions(kind))
        assert plan.lm_head.action is HeadAction.SHARE
        return convert(plan, tmp_path / "gemma.gguf").path

    return written


def test_llama_cpp_and_mlx_agree_on_the_real_model(folder_of, write, by_mlx, by_llama_cpp):
    file = write(16, OutputType.AUTO)
    assert same_best(by_mlx(16), by_llama_cpp(file)) >= 0.97
    ids = ids_of_file(file, MANY_LANGUAGES)
    assert ids == ids_of_folder(folder_of(16), MANY_LANGUAGES)
    assert len(ids) > 100


@pytest.mark.parametrize(
    ("bits", "kind", "written", "allowed"),
    [
        (4, OutputType.LOSSLESS, gguf.GGMLQuantizationType.Q4_1, 0.005),
        (8, OutputType.AUTO, gguf.GGMLQuantizationType.Q8_0, 0.01),
    ],
)
def test_the_real_model_packed(bits, kind, written, allowed, write, by_mlx, by_llama_cpp):
    file = write(bits, kind)
    types = {tensor.tensor_type for tensor in QuickReader(file).tensors}
    assert types == {written, gguf.GGMLQuantizationType.F32}
    original, ours = by_mlx(bits), by_llama_cpp(file)
    assert mean_divergence(original, ours) < allowed
    assert same_best(original, ours) >= 0.97


@pytest.mark.parametrize(
    ("bits", "kind", "allowed"),
    [(16, OutputType.AUTO, 0.001), (4, OutputType.LOSSLESS, 0.006), (4, OutputType.AUTO, 0.006)],
)
def test_fused_is_what_was_trained(bits, kind, allowed, folder_of, by_mlx, by_llama_cpp, tmp_path):
    made = prepare(identify(open_checkpoint(folder_of(bits)), (Applied(read_adapter(ADAPTER)),)))
    written = convert(made.plan(PlanOptions(kind)), tmp_path / "file.gguf")
    assert all(0.99 < one.share < 1.01 for one in written.kept.values())
    trained = by_mlx(bits, ADAPTER)
    assert mean_divergence(trained, by_mlx(bits)) > 20 * allowed
    assert mean_divergence(trained, by_llama_cpp(written.path)) < allowed
