"""What llama.cpp is asked about a base with an adapter beside it, and about the model that is fused of both."""

from pathlib import Path

import numpy as np

from tests.engines.ask import Engine

PROMPT = [2, *range(20, 330, 10)]


def ask(engine: Engine, file: Path, *adapters: tuple[Path | None, float]) -> list[np.ndarray]:
    """Log-probabilities of all tokens, (positions, tokens), with each of the adapters."""
    asked = [(str(path or ""), scale) for path, scale in adapters]
    answer = engine.answer({"model": str(file), "adapters": asked, "prompt": PROMPT})
    return [np.array(found) for found in answer["answers"]]
