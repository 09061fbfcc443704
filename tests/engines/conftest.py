"""Both engines, each in a process that answers one question after another."""

import pytest

from app.core.verify.engines import EngineKind
from tests.engines.ask import Engine


@pytest.fixture(scope="module")
def engines():
    found = Engine(EngineKind.LLAMA_CPP), Engine(EngineKind.MLX_LM)
    yield found
    for engine in found:
        engine.close()
