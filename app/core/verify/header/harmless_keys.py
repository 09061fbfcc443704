"""Keys of a header whose values change nothing that llama.cpp computes, and what it takes where a key is left out."""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.text import NOTHING, Text, text

Keys = Mapping[str, Any]

COMPUTED_WITH = ("general.architecture",)
_DESCRIBES = text("it describes the model to people")
_ENCODED = text("it says how the file was encoded; every tensor names its own type")
_NO_TEXT = text("it is no part of a text that is read or generated")
_FILE = text("it says how the file is stored")
# The first whose beginning a key has counts; {arch} stands for the architecture
HARMLESS: Mapping[str, Text] = {
    "general.quantization_version": _ENCODED,
    "general.alignment": _FILE,
    "general.sampling.": text("it recommends how to sample; whoever runs the model decides"),
    "general.": _DESCRIBES,
    "quantize.imatrix.": _ENCODED,
    "split.": _FILE,
    "tokenizer.ggml.padding_token_id": _NO_TEXT,
    "tokenizer.ggml.mask_token_id": _NO_TEXT,
    "tokenizer.huggingface.json": text("llama.cpp does not read it"),
    "{arch}.tensor_data_layout": text("llama.cpp does not read it"),
    "{arch}.rope.scaling.finetuned": text("llama.cpp only shows it"),
}


def harmless(key: str, architecture: str) -> Text:
    """Why another value of the key changes nothing; empty where it may."""
    if key in COMPUTED_WITH:
        return NOTHING
    found = (reason for start, reason in HARMLESS.items() if key.startswith(start.replace("{arch}", architecture)))
    return next(found, NOTHING)


def _same_as(key: str) -> Callable[[Callable[[str], Any], Keys], Any]:
    return lambda value, _: value(key)


def _head_length(value: Callable[[str], Any], _: Keys) -> Any:
    width, heads = value("embedding_length"), value("attention.head_count")
    if isinstance(heads, tuple):
        heads = heads[0] if heads else None
    return width // heads if isinstance(width, int) and isinstance(heads, int) and heads else None


# Graphs of src/models/*.cpp that read the base of their windows' rope without giving it that of the others first
OWN_BASE = ("dots3note", "gemma3", "gemma3n", "gemma-embedding", "plamo3", "step35")
BASE = 10000.0  # src/llama-model.cpp, load_hparams, and src/llama-hparams.h


def _base_of_windows(value: Callable[[str], Any], keys: Keys) -> Any:
    return BASE if keys.get("general.architecture") in OWN_BASE else value("rope.freq_base")


# src/llama-model.cpp, load_hparams: by the end of the key, what a model has that does not say it
DEFAULTS: Mapping[str, Callable[[Callable[[str], Any], Keys], Any]] = {
    "rope.freq_base": lambda *_: BASE,
    "rope.freq_base_swa": _base_of_windows,
    "rope.scaling.type": lambda *_: "linear",
    "rope.scaling.factor": lambda *_: 1.0,
    "rope.scaling.original_context_length": _same_as("context_length"),
    "attention.head_count_kv": _same_as("attention.head_count"),
    "attention.key_length": _head_length,
    "attention.value_length": _head_length,
    "attention.key_length_swa": _same_as("attention.key_length"),
    "attention.value_length_swa": _same_as("attention.value_length"),
    "rope.dimension_count": _same_as("attention.key_length"),
    "rope.dimension_count_swa": _same_as("rope.dimension_count"),
    "vocab_size": lambda _, keys: len(keys.get("tokenizer.ggml.tokens", ())),
}


def value_of(keys: Keys, key: str, architecture: str) -> Any:
    """What llama.cpp takes: the value, or the default of a key that is left out; None where it has neither."""
    if key in keys:
        return keys[key]
    default = DEFAULTS.get(key.removeprefix(architecture + "."))
    if default is None:
        return None
    return default(lambda name: value_of(keys, f"{architecture}.{name}", architecture), keys)
