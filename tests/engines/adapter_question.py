"""What llama.cpp is asked about a base with an adapter beside it, and about the model that is fused of both."""

from pathlib import Path

import numpy as np

from tests.engines.ask import Engine

PROMPT = [2, *range(20, 330, 10)]


def ask(engine: Engine, file: Path, *adapters: tuple[Path | None, float]) -> list[np.ndarray]:
    """Log-probabilities of all tokens, (positions, tokens), with each of the adapters."""
    return [
        engine.table(file, PROMPT, adapter=None if path is None else str(path), scale=scale) for path, scale in adapters
    ]
