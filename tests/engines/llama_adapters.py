"""Computes with a GGUF file and adapters beside it (a line of JSON each, on stdin), through llama.h.

A question has a model, a prompt, and a list of adapters, each a path with a scale, "" for none; the answer has for each
the log-probabilities of all tokens after every token of the prompt, and null for an adapter that is not loaded.
"""

import json
import os
import sys
from typing import Any

import numpy as np

from tests.engines import llama_h
from tests.engines.ask import MARK

Answers = list[list[list[float]] | None]


def compute(question: dict[str, Any]) -> Answers:
    model = llama_h.load_model(question["model"].encode(), llama_h.model_parameters())
    if not model:
        sys.exit(f"llama.cpp refuses {question['model']}")
    answers: Answers = []
    for path, scale in question["adapters"]:
        adapter = llama_h.load_adapter(model, path.encode()) if path else None
        answers.append(None if path and not adapter else answer(model, adapter, scale, question["prompt"]))
    llama_h.free_model(model)  # and its adapters
    return answers


def answer(model: Any, adapter: Any, scale: float, prompt: list[int]) -> list[list[float]]:
    context = llama_h.make_context(model, llama_h.context_parameters())
    assert context
    llama_h.set_threads(context, 1, 1)
    assert adapter is None or llama_h.set_adapter(context, adapter, scale)
    count = llama_h.token_count(llama_h.vocabulary_of(model))
    found = []
    for token in prompt:
        assert llama_h.compute_token(context, token)
        logits = np.ctypeslib.as_array(llama_h.logits_at(context, -1), (count,)).astype(np.float64)
        highest = logits.max()
        found.append((logits - highest - np.log(np.exp(logits - highest).sum())).tolist())
    llama_h.free_context(context)
    return found


def main() -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"  # where llama.cpp aborts it would start a debugger
    for line in sys.stdin:
        print(MARK + json.dumps({"answers": compute(json.loads(line))}), flush=True)


if __name__ == "__main__":
    main()
