"""Both engines, each in a process that answers one question after another; the real model."""

import pytest
from tokenizers import Tokenizer

from app.core.verify.engines import EngineKind
from tests.engines.ask import Engine
from tests.engines.real_gemma import ENGLISH, weights_of
from tests.tiny_checkpoints import save_checkpoint


@pytest.fixture(scope="module")
def engines():
    found = Engine(EngineKind.LLAMA_CPP), Engine(EngineKind.MLX_LM)
    yield found
    for engine in found:
        engine.close()


@pytest.fixture(scope="session")
def real_weights(published_gguf):
    """config.json and weights of Gemma 3 270M."""
    return weights_of(published_gguf)


@pytest.fixture(scope="module")
def prompt(published_tokenizer):
    ids = Tokenizer.from_file(str(published_tokenizer)).encode(ENGLISH).ids[:40]
    assert len(ids) == 40
    return ids


@pytest.fixture
def save(real_weights, published_tokenizer, tmp_path):
    """A function: what to quantize → folder as mlx-lm saves it."""
    config, tensors = real_weights

    def saved(quantize=None):
        return save_checkpoint(
            tmp_path / "gemma-3-270m", tensors, config, quantize=quantize, tokenizer=published_tokenizer.parent
        )

    return saved
