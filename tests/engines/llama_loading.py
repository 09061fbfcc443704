"""Loads GGUF files with llama.cpp (a line of JSON each, on stdin) and computes a few tokens with each.

Through llama.h, for a server takes longer to start than a tiny model to compute. A file that is refused ends the
process, as one that llama.cpp aborts on does.
"""

import json
import math
import os
import sys

from tests.engines import llama_h
from tests.engines.ask import MARK

TOKENS = (0, 1, 2)  # at the first place nothing rotates


def compute(path: str) -> bool:
    """Whether all logits after the last token are finite."""
    model = llama_h.load_model(path.encode(), llama_h.model_parameters())
    context = llama_h.make_context(model, llama_h.context_parameters()) if model else None
    if not context or not all(llama_h.compute_token(context, token) for token in TOKENS):
        sys.exit(f"llama.cpp refuses {path}")
    count = llama_h.token_count(llama_h.vocabulary_of(model))
    logits = llama_h.logits_at(context, -1)
    is_finite = all(map(math.isfinite, logits[:count]))
    llama_h.free_context(context)
    llama_h.free_model(model)
    return is_finite


def main() -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"  # where llama.cpp aborts it would start a debugger
    for line in sys.stdin:
        is_finite = compute(json.loads(line)["model"])
        print(MARK + json.dumps({"is_finite": is_finite}), flush=True)


if __name__ == "__main__":
    main()
