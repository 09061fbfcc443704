"""Loads GGUF files with llama.cpp (a line of JSON each, on stdin) and computes one token with each.

Through llama.h, for a server takes longer to start than a tiny model to compute. A file that is refused ends the
process, as one that llama.cpp aborts on does.
"""

import json
import os
import sys

from tests.engines import llama_h
from tests.engines.ask import MARK


def compute(path: str) -> None:
    model = llama_h.load_model(path.encode(), llama_h.model_parameters())
    context = llama_h.make_context(model, llama_h.context_parameters()) if model else None
    if not context or not llama_h.compute_token(context, 0):
        sys.exit(f"llama.cpp refuses {path}")
    llama_h.free_context(context)
    llama_h.free_model(model)


def main() -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"  # where llama.cpp aborts it would start a debugger
    for line in sys.stdin:
        compute(json.loads(line)["model"])
        print(MARK + "{}", flush=True)


if __name__ == "__main__":
    main()
