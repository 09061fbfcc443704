"""llama.cpp with a base's file and the adapter's beside it answers as with the file that is fused of both."""

import numpy as np
import pytest

from app.core.convert import convert
from app.core.ggml_types import T
from app.core.plan.adapter.graphs import takes_adapters
from app.core.verify.engines import EngineKind
from tests.adapter_files import STRENGTH, fine_tune, only, written
from tests.engines.adapter_question import ask
from tests.engines.adapters_swept import swept
from tests.engines.ask import Engine

# nats, over all tokens; llama.cpp keeps keys and values in float16, which rounds one computation and not the other
ALLOWED = 0.01
MOVED = 1  # nats that the adapter makes at least
FAMILIES = (
    *("llama", "qwen3", "gemma2", "phi3", "lfm2", "gpt2", "falcon_h1", "talkie"),
    *("qwen3_moe", "mixtral", "gpt_oss", "qwen3_next", "gemma4_text-moe"),  # with experts
)
# of the second factor with the scale folded in
COARSER = {T.F16: 0.05, T.BF16: 0.3}


@pytest.fixture(scope="module")
def engine():
    found = Engine(EngineKind.LLAMA_CPP)
    yield found
    found.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_adapter_beside_the_base_answers_as_the_fused_model(name, engine, tmp_path):
    tuned = fine_tune(name, tmp_path)
    adapter = written(tuned.adapter_plan(), tmp_path / "adapter.gguf")
    fused = convert(tuned.plan, tmp_path / "fused.gguf").path
    base = tuned.base_file(tmp_path / "base.gguf")
    alone, switched_off, beside = ask(engine, base, (None, 0), (adapter, 0), (adapter, STRENGTH))
    (expected,) = ask(engine, fused, (None, 0))
    assert np.array_equal(switched_off, alone)
    assert np.abs(expected - alone).max() > MOVED
    assert np.abs(beside - expected).max() < ALLOWED


@pytest.mark.parametrize("kind", COARSER)
def test_in_sixteen_bits_it_rounds_the_change_alone(kind, engine, tmp_path):
    tuned = fine_tune("llama", tmp_path)
    exact, rounded = (written(tuned.adapter_plan(one), tmp_path / one.name) for one in (T.F32, kind))
    assert rounded.stat().st_size < 0.6 * exact.stat().st_size
    expected, found = ask(engine, tuned.base_file(tmp_path / "base.gguf"), (exact, STRENGTH), (rounded, STRENGTH))
    assert 0 < np.abs(found - expected).max() < COARSER[kind]


def test_both_ends_of_a_model_that_has_two(engine, tmp_path):
    tuned = fine_tune("llama", tmp_path, ["self_attn.q_proj", "model.embed_tokens", "lm_head"])
    plan = tuned.adapter_plan()
    assert {"token_embd.weight", "output.weight"} < {pair.name for pair in plan.pairs}
    adapter, fused = written(plan, tmp_path / "adapter.gguf"), convert(tuned.plan, tmp_path / "fused.gguf").path
    (found,) = ask(engine, tuned.base_file(tmp_path / "base.gguf"), (adapter, STRENGTH))
    (expected,) = ask(engine, fused, (None, 0))
    assert np.abs(found - expected).max() < ALLOWED


def test_on_the_embedding_of_a_tied_model_llama_cpp_aborts(engine, tmp_path):
    tuned = fine_tune("gemma2", tmp_path, ["model.embed_tokens"])
    plan = tuned.adapter_plan()
    assert [finding.code for finding in plan.blockers] == ["adapter-of-tied-embedding"]
    adapter = written(only(plan, plan.pairs), tmp_path / "adapter.gguf")
    with pytest.raises(AssertionError, match="ggml_can_mul_mat"):
        ask(engine, tuned.base_file(tmp_path / "base.gguf"), (adapter, 1.0))


# Attention that is not linear takes an adapter in a layer or two of this graph, where the others do not
NEEDLESS = {"kimi_linear": ["blk.2.attn_output.weight"]}


@pytest.mark.parametrize("name", ["deepseek_v3", "minicpm3", "kimi_linear", "bailing_hybrid", "gemma4"])
def test_what_is_refused_llama_cpp_does_not_take(name, engine, tmp_path):
    difference, lost, needless = swept(name, tmp_path, engine)
    assert difference < ALLOWED
    assert (lost, needless) == ([], NEEDLESS.get(name, []))


def test_what_is_refused_is_named(tmp_path):
    plan = fine_tune("deepseek_v3", tmp_path).adapter_plan()
    (finding,) = plan.blockers
    assert finding.code == "adapter-not-applied"
    assert "blk.0.attn_q_a.weight" in finding.what
    assert takes_adapters(plan.graph, "blk.0.attn_output.weight")
