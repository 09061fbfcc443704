"""Numbers of config.json that are written, llama.cpp computes with; those that are refused, it does not."""

from dataclasses import replace

import pytest
from gguf import Keys

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.ggml_types import OutputType
from app.core.model.value_ranges import range_of
from app.core.plan import PlanOptions
from app.core.verify.engines import EngineKind
from tests.core.plan.number_sweep import VALUES
from tests.engines.ask import Engine
from tests.engines.swept import complaint, complaints, first_of_each_graph, folder_of

SAMPLE = ("bailingmoe3", "gemma2", "granite", "mamba2", "minicpm", "step35")


@pytest.fixture(scope="module")
def engine():
    found = Engine(EngineKind.LLAMA_CPP)
    yield found
    found.close()


@pytest.mark.parametrize("family", first_of_each_graph(SAMPLE), ids=lambda family: family.gguf)
def test_llama_cpp_computes_with_what_is_not_refused(family, engine, tmp_path):
    assert complaints(family, tmp_path, engine, VALUES) == []


@pytest.mark.parametrize(
    ("graph", "key", "value"),
    [
        ("llama", Keys.Attention.LAYERNORM_RMS_EPS, -1e-6),
        ("gpt2", Keys.Attention.LAYERNORM_EPS, -1e-6),
        ("llama", Keys.Rope.FREQ_BASE, 0.0),
        ("llama", Keys.Rope.FREQ_BASE, -1.0),
        ("bailingmoe3", "{arch}.kda.gate_lower_bound", 0.0),
        ("granite", Keys.LLM.LOGIT_SCALE, 0.0),
        ("deepseek2", Keys.LLM.EXPERT_GATING_FUNC, 7),
        ("llama", Keys.LLM.BLOCK_COUNT, 0),
        ("qwen3", Keys.Rope.FREQ_BASE, 1e-42),
        ("ernie4_5-moe", Keys.LLM.INTERLEAVE_MOE_LAYER_STEP, 0),
        ("minimax-m3", "{arch}.attention.indexer.block_size", 0),
    ],
)
def test_llama_cpp_does_not_compute_with_what_is_refused(graph, key, value, engine, tmp_path):
    (family,) = first_of_each_graph((graph,))
    numbers = range_of(key, graph)
    assert numbers is not None
    assert not numbers.holds(value)
    plan = prepare_plan(open_checkpoint(folder_of(family, tmp_path)), PlanOptions(OutputType.F32))
    name = key.format(arch=graph)
    assert not complaint(plan, tmp_path / "sound.gguf", engine)
    changed = tuple(replace(entry, value=value) if entry.key == name else entry for entry in plan.metadata)
    assert changed != plan.metadata
    assert complaint(replace(plan, metadata=changed), tmp_path / "unsound.gguf", engine)
