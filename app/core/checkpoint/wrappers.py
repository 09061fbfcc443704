"""What stands before the names of a text model's tensors and modules where another model holds it."""

import re

# language_model.X: transformers 4, mlx-lm, and mlx-vlm, which saves every text model so (mlx_vlm/models/*/*.py).
# model.language_model.X: transformers 5. text_model, thinker and llm are SmolVLM's, Qwen Omni's and Sarashina 2's:
# llama.cpp conversion/llama.py, qwenvl.py, qwen3vl.py, sarashina2.py. One may stand inside another.
WRAPPER = re.compile(r"(?:(?:model\.)?(?:language_model|text_model|thinker|llm)\.)+")
BASE = "model."


def unwrapped(name: str) -> str:
    """The name without what holds the text model; whether that took a `model.` with it, only the family tells."""
    found = WRAPPER.match(name)
    return name[found.end() :] if found else name


def bare(name: str) -> str:
    """One name for all that folders and settings call the same tensor, or module: no wrapper and no `model.`."""
    return unwrapped(name).removeprefix(BASE)
