"""Make resources/chat_templates.json: digests of the templates that some types of model were published with.

    python packaging/make_known_chat_templates.py LLAMA_CPP TOKENIZERS

LLAMA_CPP is a llama.cpp checkout (its models/templates/ holds published templates), TOKENIZERS a folder of published
tokenizers (packaging/fetch-test-models.sh brings most of them to .cache/tokenizers; Gemma 4's is in the checkout's
models/ggml-vocab-gemma-4.gguf). Only types whose models share few templates are listed: a finding says when a folder
has another one.
"""

import json
import sys
from pathlib import Path

from app.core.tokenizer.template_check import template_digest

TARGET = Path(__file__).parents[1] / "resources" / "chat_templates.json"
FROM_PEER = {
    "gemma2": ["google-gemma-2-2b-it"],
    "gemma4": ["google-gemma-4-31B-it"],
    "gemma4_text": ["google-gemma-4-31B-it"],
    "qwen3": ["Qwen-Qwen3-0.6B"],
}
FROM_TOKENIZERS = {
    "gemma3": ["gemma3"],
    "gemma3_text": ["gemma3"],
    "gemma4": ["gemma4"],
    "gemma4_text": ["gemma4"],
    "qwen3": ["qwen3"],
}


def main() -> None:
    peer, tokenizers = map(Path, sys.argv[1:])
    found: dict[str, set[str]] = {}
    for model_type, names in FROM_PEER.items():
        for name in names:
            text = (peer / "models" / "templates" / f"{name}.jinja").read_text(encoding="utf-8")
            found.setdefault(model_type, set()).add(template_digest(text))
    for model_type, names in FROM_TOKENIZERS.items():
        for name in names:
            settings = json.loads((tokenizers / name / "tokenizer_config.json").read_text(encoding="utf-8"))
            found.setdefault(model_type, set()).add(template_digest(settings["chat_template"]))
    data = {model_type: sorted(digests) for model_type, digests in sorted(found.items())}
    TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
