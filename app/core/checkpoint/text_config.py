"""config.json of a model that also sees or hears → the settings of its text model, flat."""

from collections.abc import Mapping
from typing import Any

# Of these and of ids of tokens text_config counts only where the top level says nothing. mlx-lm 0.32.2 utils.py: the
# type at the top names the class (_get_classes), the ids at the top end a text (load), and quantization_config is
# looked for in text_config where the top has none (load_model). llama.cpp gguf-py/gguf/vocab.py, SpecialVocab: so are
# ids (_try_load_from_config_json).
OUTER_FIRST = ("model_type", "quantization", "quantization_config")
TOKEN_ID = "_token_id"


def text_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings at the top level, replaced by those of text_config, null or not.

    So does llama.cpp conversion/base.py, TextModel.__init__; OUTER_FIRST has the exceptions. `text_model_type` is the
    type in text_config, where there is one. What is no object counts as absent; the argument stays as it is.
    """
    nested = config.get("text_config")
    outer = {name: value for name, value in config.items() if name != "text_config"}
    if not isinstance(nested, dict):
        return outer
    first = {name: value for name, value in outer.items() if value is not None and _counts_more(name)}
    return {**outer, **nested, **first, "text_model_type": nested.get("model_type")}


def _counts_more(name: str) -> bool:
    return name in OUTER_FIRST or name.endswith(TOKEN_ID)
