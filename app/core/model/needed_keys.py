"""The keys that llama.cpp does not load a file without: resources/needed_keys.json, read from its sources."""

import json
from collections.abc import Mapping
from functools import cache

from gguf import Keys

from app.core.resources import resource_path

# Of every graph, one of each line: src/llama-model.cpp, load_hparams. That qwen2vl needs an epsilon the table lacks.
ALWAYS_NEEDED = (
    (Keys.LLM.CONTEXT_LENGTH,),
    (Keys.LLM.EMBEDDING_LENGTH,),
    (Keys.Attention.LAYERNORM_RMS_EPS, Keys.Attention.LAYERNORM_EPS),
)


def needed_of(graph: str) -> tuple[tuple[str, ...], ...]:
    """What a file of `graph` must have: of each group one key."""
    own = needed_keys().get(graph, ())
    others = (group for group in ALWAYS_NEEDED if not set(group) & set(own))
    return (*others, *((key,) for key in own))


@cache
def needed_keys() -> Mapping[str, tuple[str, ...]]:
    """Those of each graph by its name, with {arch} to be filled in."""
    found = json.loads(resource_path("needed_keys.json").read_text(encoding="utf-8"))
    return {graph: tuple(keys) for graph, keys in found.items()}
