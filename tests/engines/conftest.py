"""Both engines, each in a process that answers one question after another."""

import pytest

from tests.engines.ask import Engine


@pytest.fixture(scope="module")
def engines():
    found = Engine("llama_cpp"), Engine("mlx")
    yield found
    for engine in found:
        engine.close()
