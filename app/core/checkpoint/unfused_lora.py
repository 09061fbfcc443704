"""Weights that were saved with the layers still in them that LoRA or DoRA puts around those of a model."""

import re
from collections.abc import Iterable
from dataclasses import replace

from app.core.checkpoint.checkpoint_values import StoredTensor

# mlx_lm/tuner/lora.py and dora.py; PEFT's layers, with the adapter's name or without
TRAINED = re.compile(r"(.+)\.(?:lora_[ab]|lora_(?:embedding_)?[AB](?:\.\w+){0,2}|lora_magnitude_vector(?:\.\w+){0,2})$")
# What stands within such a layer: theirs, and mlx_vlm/trainer/lora.py, which has A and B beside original_layer
INNER = re.compile(r"(.+)\.(linear|embedding|original_layer|base_layer)\.(\w+)$")
BESIDE = (".A", ".B", ".m")
OF_PEFT = "base_model.model."  # before all names, where PEFT's own model was saved


def without_lora(stored: Iterable[StoredTensor]) -> tuple[tuple[StoredTensor, ...], tuple[StoredTensor, ...]]:
    """The model's tensors under the names that they have without such layers, and what was trained beside them."""
    every = tuple(stored)
    outer = {found[1] for found in (TRAINED.match(one.name) for one in every) if found}
    outer |= {found[1] for found in (INNER.match(one.name) for one in every) if found and found[2] == "original_layer"}
    if not outer:
        return every, ()
    trained = tuple(one for one in every if _is_trained(one.name, outer))
    taken = {one.name for one in trained}
    return tuple(replace(one, name=_plain(one.name, outer)) for one in every if one.name not in taken), trained


def _is_trained(name: str, outer: set[str]) -> bool:
    return TRAINED.match(name) is not None or (name.endswith(BESIDE) and name.rpartition(".")[0] in outer)


def _plain(name: str, outer: set[str]) -> str:
    found = INNER.match(name)
    return (f"{found[1]}.{found[3]}" if found and found[1] in outer else name).removeprefix(OF_PEFT)
