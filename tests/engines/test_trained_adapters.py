"""Adapters that mlx-lm has trained compute in llama.cpp, fused, what they compute in mlx-lm beside their base."""

import mlx.core as mx
import numpy as np
import pytest
from gguf import GGUFReader

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType, T
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from tests.engines.ask import divergences, mean_divergence
from tests.engines.family_question import PROMPT
from tests.engines.training import train_adapter
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.tiny_checkpoints import gemma3_folder, with_tokenizer

EXPERTS = ("qwen3_moe", "deepseek_v3")  # mlx-lm has no DoRA for them
CASES = [
    *((name, method) for name in ("gemma3", "llama", "qwen3") for method in ("lora", "dora", "full")),
    *((name, method) for name in EXPERTS for method in ("lora", "full")),
]
# nats; with bfloat16 llama.cpp rounds activations, too: files of the bases alone are up to 0.0003 away
ALLOWED = {OutputType.F32: 1e-5, OutputType.BF16: 1e-3}
NEAR_TIES = 3  # of 32 positions, at which another expert may be asked: then answers are another expert's
TRAINED = 1e-3  # is a hundred times what is allowed
LINES = [[(start * step) % 300 + 20 for step in range(1, 40)] for start in (3, 7, 11, 13)]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A function: name → the folder of a tiny model."""
    root, made = tmp_path_factory.mktemp("bases"), {}

    def folder(name):
        if name not in made and name == "gemma3":
            made[name] = gemma3_folder(root / name, exact_norms=True)
        elif name not in made:
            published = save_published(FamilyModel(name), root / f"{name}-published")
            made[name] = with_tokenizer(save_mlx(published, root / name))
        return made[name]

    return folder


def file_of(folder, target, kind, adapter):
    plan = prepare(identify(open_checkpoint(folder), (Applied(read_adapter(adapter)),))).plan(PlanOptions(kind))
    return convert(plan, target).path


@pytest.mark.parametrize(("name", "method"), CASES)
def test_fused_is_what_was_trained(name, method, base, engines, tmp_path):
    llama_cpp, mlx = engines
    folder = base(name)
    adapter = train_adapter(folder, tmp_path / "adapter", LINES, method)
    trained, untrained = (mlx.table(folder, PROMPT, adapter=one and str(one)) for one in (adapter, None))
    assert mean_divergence(trained, untrained) > TRAINED
    files = {kind: file_of(folder, tmp_path / f"{kind}.gguf", kind, adapter) for kind in ALLOWED}
    for kind, allowed in ALLOWED.items():
        found = np.sort(divergences(trained, llama_cpp.table(files[kind], PROMPT)))
        assert found[: -NEAR_TIES if name in EXPERTS else None].mean() < allowed, kind
    assert_rounded_once(*files.values())


def assert_rounded_once(exact, rounded):
    """What is bfloat16 in one file is, by MLX's cast, what the other one has in float32."""
    pairs = list(zip(GGUFReader(exact).tensors, GGUFReader(rounded).tensors, strict=True))
    cast = [(one, other) for one, other in pairs if other.tensor_type is T.BF16]
    assert len(cast) > len(pairs) // 3
    for one, other in cast:
        wanted = mx.array(one.data).astype(mx.bfloat16).view(mx.uint16)
        assert (one.name, np.array(wanted).tobytes()) == (other.name, other.data.tobytes())


def test_both_ends_of_a_tied_embedding_change(base, engines, tmp_path):
    llama_cpp, mlx = engines
    folder = base("gemma3")
    keys = {"keys": ["model.embed_tokens"]}
    adapter = train_adapter(folder, tmp_path / "adapter", LINES, parameters=keys, learning_rate=1e-2, iters=20)
    trained, untrained = (mlx.table(folder, PROMPT, adapter=one and str(one)) for one in (adapter, None))
    assert mean_divergence(trained, untrained) > TRAINED
    file = file_of(folder, tmp_path / "file.gguf", OutputType.F32, adapter)
    assert mean_divergence(trained, llama_cpp.table(file, PROMPT)) < ALLOWED[OutputType.F32]
