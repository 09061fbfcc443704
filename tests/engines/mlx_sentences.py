"""Answers questions (a line of JSON each, on stdin) about folders that make vectors or scores, with mlx-lm's layers."""

import json
import sys
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm.utils import load_model

from app.core.verify.engines.mlx_lm_engine import compute_in_float32
from tests.engines.sentence_process import MARK


def main() -> None:
    for line in sys.stdin:
        print(MARK + json.dumps(answer(json.loads(line))), flush=True)


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """For the `ids` of each text a vector by the `pooling` and the `dense` files; a score where there are `answers`."""
    model, _ = load_model(Path(question["model"]))
    compute_in_float32(model)
    if "answers" in question:
        return {"scores": [_score(model, ids, question["answers"]) for ids in question["ids"]]}
    files: list[Any] = [mx.load(path) for path in question["dense"]]
    dense = [file["linear.weight"] for file in files]
    sees_all = question["sees_all"]
    return {"vectors": [_vector(model, ids, question["pooling"], dense, sees_all) for ids in question["ids"]]}


def _score(model: Any, ids: list[int], answers: list[int]) -> Any:
    """How much likelier the first of two answers is to come next: between 0 and 1."""
    logits = model(mx.array([ids]))[0, -1].astype(mx.float32)
    return mx.softmax(mx.array([logits[one] for one in answers]))[0].item()


def _vector(model: Any, ids: list[int], pooling: str, dense: list[Any], sees_all: bool) -> Any:
    tokens = mx.array([ids])
    hidden = _without_a_mask(model.model, tokens) if sees_all else model.model(tokens)
    vector = {"mean": hidden[0].mean(axis=0), "lasttoken": hidden[0, -1]}[pooling].astype(mx.float32)
    for matrix in dense:
        vector = matrix @ vector
    return (vector / mx.linalg.norm(vector)).tolist()


def _without_a_mask(model: Any, tokens: Any) -> Any:
    """mlx-lm's layers where every token sees all, which it never does itself; for texts shorter than a window."""
    hidden = model.embed_tokens(tokens)
    if model.args.model_type.startswith("gemma"):
        hidden = hidden * mx.array(model.args.hidden_size**0.5, mx.bfloat16).astype(hidden.dtype)
    for layer in model.layers:
        hidden = layer(hidden, None, None)
    return model.norm(hidden)


if __name__ == "__main__":
    main()
