"""Gemma 3 270M with an adapter that was trained on it: llama.cpp on our file against mlx-lm with the adapter."""

import pytest

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.verify.engines import EngineKind
from tests.engines.ask import mean_divergence, table_of
from tests.engines.make_real_adapter import ADAPTER

pytestmark = pytest.mark.slow_real_model


@pytest.mark.parametrize(
    ("bits", "kind", "allowed"),
    [(16, OutputType.AUTO, 0.001), (4, OutputType.LOSSLESS, 0.006), (4, OutputType.AUTO, 0.006)],
)
def test_fused_is_what_was_trained(bits, kind, allowed, save, prompt, tmp_path):
    folder = save(None if bits == 16 else lambda _: {"bits": bits, "group_size": 64})
    made = prepare(identify(open_checkpoint(folder), (Applied(read_adapter(ADAPTER)),)))
    written = convert(made.plan(PlanOptions(kind)), tmp_path / "file.gguf")
    assert all(0.99 < one.share < 1.01 for one in written.kept.values())
    trained, untrained = (
        table_of(EngineKind.MLX_LM, folder, prompt, adapter=adapter and str(adapter)) for adapter in (ADAPTER, None)
    )
    assert mean_divergence(trained, untrained) > 20 * allowed
    assert mean_divergence(trained, table_of(EngineKind.LLAMA_CPP, written.path, prompt)) < allowed
