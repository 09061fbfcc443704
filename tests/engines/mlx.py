"""Answers a question (JSON on stdin) about a model folder with mlx-lm."""

import json
import sys
from typing import Any

import mlx.core as mx
from mlx_lm import load


def main() -> None:
    question = json.load(sys.stdin)
    model, tokenizer = load(question["model"])[:2]
    compute_in_float32(model)
    logits = model(mx.array([question["prompt"]]))[0].astype(mx.float32)
    log_probabilities = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
    best: Any = mx.argsort(-log_probabilities, axis=-1)[:, : question["top"]].tolist()
    answer = {
        "ids": tokenizer.encode(question["text"]),
        "next_tokens": [{i: log_probabilities[n, i].item() for i in row} for n, row in enumerate(best)],
    }
    print(json.dumps(answer))


def compute_in_float32(model) -> None:
    """The embedding's output in float32; promotion does the rest."""
    inner = getattr(model, "language_model", model)
    embedding = inner.model.embed_tokens
    kind = type(embedding)
    embedding.__class__ = type("Wide", (kind,), {"__call__": lambda self, x: kind.__call__(self, x).astype(mx.float32)})


if __name__ == "__main__":
    main()
