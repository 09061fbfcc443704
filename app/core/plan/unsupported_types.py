"""Folders of a type that is no family: what kind of model it is, where that is known, and who may read it.

resources/model_kinds.json has the types of transformers and mlx-vlm by kind, and the architectures that llama.cpp's
converter knows; packaging/make_model_kinds.py made it.
"""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from app.core import architectures
from app.core.architectures.unsupported import UNSUPPORTED
from app.core.checkpoint import Checkpoint
from app.core.findings import Finding, blocker
from app.core.model.identify import Model
from app.core.resources import resource_path
from app.core.text import Text, text

KINDS: Mapping[str, Text] = {
    "sees": text("a model that sees pictures"),
    "hears": text("a model that hears, speaks or makes music"),
    "rewrites": text("an encoder and a decoder, as T5 is"),
    "encodes": text("an encoder, as BERT is, which writes no text"),
    "writes": text("a language model"),
    "pictures": text("a model for pictures, not for text"),
    "series": text("a model for time series, not for text"),
}
SIMILAR, ALIKE = 3, 0.8  # so many are named that are so much alike


def unsupported_model_type(model: Model) -> tuple[Finding, ...]:
    """For a folder whose family is not supported; nothing where the checkpoint already said that there is no type."""
    model_type = model.checkpoint.model_type
    if model.family is not None or model_type is None:
        return ()
    if model_type in UNSUPPORTED:
        what = text("Models of the type {model_type!r} cannot be converted.", model_type=model_type)
        meaning = text("The reason: {reason}.", reason=UNSUPPORTED[model_type])
        return (_unsupported(what, meaning, text("docs/unsupported-models.md lists such types.")),)
    kind = next((kind for kind in KINDS if model_type in _known()[kind]), None)
    if kind is not None:
        what = text(
            "Models of the type {model_type!r} cannot be converted: this is {kind}.",
            model_type=model_type,
            kind=KINDS[kind],
        )
        meaning = text("mlx-lm has no class for it, and MLX Ferry converts only what mlx-lm can load.")
        return (_unsupported(what, meaning, _elsewhere(model.checkpoint)),)
    return (_unknown(model_type, model.checkpoint),)


def _unsupported(what: Text, meaning: Text, advice: Text) -> Finding:
    return blocker("unsupported-model-type", what, meaning, advice, "config.json")


def _unknown(model_type: str, checkpoint: Checkpoint) -> Finding:
    supported = [name for family in architectures.ARCHITECTURES for name in family.model_types]
    similar = get_close_matches(model_type[:100], supported, SIMILAR, ALIKE)
    return blocker(
        "unknown-model-type",
        text("The model type {model_type!r} is not supported yet.", model_type=model_type),
        text("docs/supported-models.md lists the types that are."),
        text("Check model_type in config.json; similar ones are: {model_types}.", model_types=", ".join(similar))
        if similar
        else _elsewhere(checkpoint),
        "config.json",
    )


def _elsewhere(checkpoint: Checkpoint) -> Text:
    raw = checkpoint.config.get("architectures")
    names = [name for name in raw if isinstance(name, str)] if isinstance(raw, list) else []
    if not names:
        return text("llama.cpp's own converter may know it.")
    known = next((name for name in names if name in _known()["llama_cpp"]), None)
    if known is None:
        return text("llama.cpp's own converter does not know {architecture:.60} either.", architecture=names[0])
    return text(
        "llama.cpp's convert_hf_to_gguf.py knows {architecture}: "
        "give it the model as it was published, not one that MLX saved.",
        architecture=known,
    )


@cache
def _known() -> Mapping[str, frozenset[str]]:
    found = json.loads(resource_path("model_kinds.json").read_text(encoding="utf-8"))
    return {kind: frozenset(names) for kind, names in found.items()}
