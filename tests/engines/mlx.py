"""Answers questions (a line of JSON each, on stdin) about model folders with mlx-lm."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn  # its types are not declared
from mlx_lm.models.cache import make_prompt_cache
from mlx_lm.tuner.utils import load_adapters
from mlx_lm.utils import load_model, load_tokenizer

from tests.engines.ask import MARK


def main() -> None:
    for line in sys.stdin:
        print(MARK + json.dumps(answer(json.loads(line))), flush=True)


def answer(question: dict[str, Any]) -> dict[str, Any]:
    folder, text = Path(question["model"]), question["text"]
    logits = logits_of(folder, question["prompt"])
    log_probabilities = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
    best: Any = mx.argsort(-log_probabilities, axis=-1)[:, : question["top"]].tolist()
    return {
        "ids": load_tokenizer(folder).encode(text) if text else [],
        "next_tokens": [{i: log_probabilities[n, i].item() for i in row} for n, row in enumerate(best)],
    }


def logits_of(folder: Path, prompt: Sequence[int], adapter: Path | None = None) -> Any:
    """A row for each position."""
    model, _ = load_model(folder)
    if adapter:
        load_adapters(model, str(adapter))
    compute_in_float32(model)
    # as when it generates: some models share keys and values only by way of the cache
    return model(mx.array([prompt]), cache=make_prompt_cache(model))[0].astype(mx.float32)


def compute_in_float32(model: Any) -> None:
    """The embedding's output in float32; promotion does the rest.

    But for experts, which MLX only computes in float32 on a CPU: their matrices are widened.
    """
    widen_experts(model)
    kinds: Any = (nn.Embedding, nn.QuantizedEmbedding)  # type: ignore[attr-defined]
    for _, embedding in model.named_modules():
        if isinstance(embedding, kinds):
            widen_output(embedding)


def widen_output(embedding: Any) -> None:
    kind = type(embedding)
    embedding.__class__ = type("Wide", (kind,), {"__call__": lambda self, x: kind.__call__(self, x).astype(mx.float32)})


def widen_experts(model: Any) -> None:
    for _, module in model.named_modules():
        if type(module).__name__ == "SwitchLinear":
            module.update({name: value.astype(mx.float32) for name, value in module.parameters().items()})


if __name__ == "__main__":
    main()
