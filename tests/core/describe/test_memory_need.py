"""Bytes of the cache, layer by layer, as llama.cpp allots them, and the words for what a machine has."""

from dataclasses import replace

import pytest
from gguf import GGUFValueType

from app.core.checkpoint import open_checkpoint
from app.core.describe.memory_need import Fit, MemoryNeed, gigabytes, memory_need
from app.core.plan import MetadataEntry
from tests.planning import make_plan

GB, MB = 1 << 30, 1 << 20
LLAMA = {
    "block_count": 16,
    "context_length": 131072,
    "embedding_length": 2048,
    "feed_forward_length": 8192,
    "attention.head_count": 32,
    "attention.head_count_kv": 8,
    "attention.key_length": 64,
    "attention.value_length": 64,
}


@pytest.fixture
def need(tied_folder):
    plan = make_plan(open_checkpoint(tied_folder))

    def of(arch, **values):
        keys = {"general.architecture": arch, **{f"{arch}.{key}": value for key, value in values.items()}}
        entries = tuple(MetadataEntry(key, value, GGUFValueType.UINT32) for key, value in keys.items())
        return memory_need(replace(plan, metadata=entries, byte_count=GB), 16 * GB)

    return of


# As llama.cpp computes them: layers × cells × heads × (key + value length) × 2 bytes
@pytest.mark.parametrize(
    ("arch", "changes", "megabytes"),
    [
        ("llama", {}, 128),
        ("llama", {"attention.head_count_kv": 0}, 0),
        ("llama", {"attention.head_count_kv": [8] * 8 + [0] * 8}, 64),
        ("llama", {"context_length": 2048}, 64),
        # a window of 512 and a batch of 512: 1024 cells in five of six layers
        ("gemma3", {"attention.sliding_window": 512, "block_count": 18}, 3 * 8 + 15 * 2),
        ("unheard", {"attention.sliding_window": 512}, 128),
        ("gemma4", {"attention.sliding_window": 512, "attention.sliding_window_pattern": [True] * 15 + [False]}, 38),
        ("gemma4", {"attention.shared_kv_layers": 12}, 32),
        # one head of 512 + 64 values, from which the other ones are computed
        ("deepseek2", {"attention.head_count_kv": 1, "attention.key_length": 576, "attention.key_length_mla": 192}, 72),
        ("deepseek32", {"attention.indexer.key_length": 128}, 160),
        ("nanbeige", {"num_loops": 2}, 256),
        ("qwen3next", {"full_attention_interval": 4}, 32),
        ("qwen35", {"attention.recurrent_layers": [True] * 12 + [False] * 4}, 32),
    ],
)
def test_keys_and_values(need, arch, changes, megabytes):
    assert need(arch, **{**LLAMA, **changes}).cache == megabytes * MB


def test_states_do_not_grow_with_the_text(need):
    sizes = {"block_count": 2, "ssm.conv_kernel": 4, "ssm.state_size": 16, "ssm.inner_size": 1000}
    assert need("mamba", **sizes, **{"attention.head_count": 0}).cache == 2 * 4 * (3 * 1000 + 16 * 1000)
    short = {**LLAMA, "block_count": 1, "attention.head_count_kv": [0], "shortconv.l_cache": 3}
    assert need("lfm2", **short).cache == 2048 * 2 * 4


def test_all_of_it(need):
    found = need("llama", **LLAMA)
    assert found.weights == GB
    assert found.total == GB + found.cache + found.computing + 256 * MB
    assert found.fit is Fit.EASY
    assert found.in_words == f"Fits in memory: {gigabytes(found.total)} of 16 GB"


@pytest.mark.parametrize(
    ("weights", "fit", "said"),
    [
        (9 * GB, Fit.EASY, "Fits in memory: 9.2 GB of 16 GB"),
        (12 * GB, Fit.TIGHT, "Tight in memory: 12 GB of 16 GB"),
        (40 * GB, Fit.TOO_LARGE, "Too large for memory: 40 GB of 16 GB"),
    ],
)
def test_in_words(weights, fit, said):
    need = MemoryNeed(weights, 0, 0, 16 * GB)
    assert need.fit is fit
    assert need.in_words == said
