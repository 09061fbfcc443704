"""What engines need for a model, against what a machine has."""

import sys

import pytest

from app.core.verify.engines import EngineKind
from app.core.verify.engines.model import BATCH
from app.core.verify.inference.machine_memory import PROGRAM, Need, check_memory, machine_bytes, needs_of
from app.core.verify.results.no_comparison import NoComparisonError

GB = 10**9


def test_this_machine_has_some():
    assert 10**8 < machine_bytes() < 10**14


def test_the_sample_needs_its_weights_its_cache_and_tables(sample, sample_file):
    mlx, llama = needs_of(sample.model, sample_file, sample.vocabulary.row_count)
    assert (mlx.engine, llama.engine) == (EngineKind.MLX_LM, EngineKind.LLAMA_CPP)
    tensors = sample.model.checkpoint.tensors
    assert all(one.quantization is None for one in tensors)
    wide = sum(4 * one.element_count for one in tensors)  # where MLX has the CPU alone
    assert mlx.weights == (sample.model.checkpoint.byte_count if sys.platform == "darwin" else wide)
    assert llama.weights == sample_file.stat().st_size
    config = sample.model.checkpoint.config
    width = config["num_hidden_layers"] * config["num_key_value_heads"] * config["head_dim"] * 2
    assert mlx.cache == llama.cache == 512 * width * 4
    assert mlx.tables == 6 * BATCH * sample.vocabulary.row_count * 4
    assert mlx.total == mlx.weights + mlx.cache + mlx.tables + PROGRAM < mlx.allowed


def test_a_fifth_of_the_memory_stays_for_others():
    need = Need(EngineKind.LLAMA_CPP, 8 * GB - PROGRAM, 0, 0)
    check_memory((need,), 10 * GB)
    with pytest.raises(NoComparisonError, match=r"llama\.cpp would need about 8\.00 GB .* has 9\.99 GB"):
        check_memory((Need(EngineKind.MLX_LM, 0, 0, 0), need), 10 * GB - 10**7)
