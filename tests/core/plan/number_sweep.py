"""Every number of a family's config.json, through values that are none or that few can compute with."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.core.architectures import Architecture, find_architecture
from tests.golden.family_models import FamilyModel, family_models
from tests.golden.variations import text_of
from tests.tiny_checkpoints import gemma3_config, row_count

VALUES: tuple[Any, ...] = (-1, -1e-6, 0, 1e38, math.inf, math.nan, [1, 2], "1")
# Kinds of rope scaling, with all that they may set
SCALINGS: dict[str, dict[str, Any]] = {
    "linear": {"factor": 2.0},
    "yarn": {
        "factor": 4.0,
        "original_max_position_embeddings": 64,
        "beta_fast": 32.0,
        "beta_slow": 1.0,
        "extrapolation_factor": 1.0,
        "attention_factor": 1.0,
        "mscale": 1.0,
        "mscale_all_dim": 1.0,
        "llama_4_scaling_beta": 0.1,
    },
    "llama3": {
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    },
    "longrope": {"factor": 4.0, "original_max_position_embeddings": 64, "short_mscale": 1.0, "long_mscale": 1.0},
}
MODELS = (*family_models(), *family_models(is_rounded=True))
WITHOUT_MODEL = {
    "EmbeddingGemma": FamilyModel("embeddinggemma").config,
    "Gemma 3": gemma3_config(row_count()),
    "Ling with a normalized head": {**FamilyModel("bailing_moe").config, "norm_head": True},
}
PLACES = ("rope_scaling", "rope_parameters")


@dataclass(frozen=True)
class Case:
    """A setting, the value that it has, and the config.json."""

    name: str
    value: Any
    config: dict[str, Any]


def tiny_model(family: Architecture) -> FamilyModel | None:
    """Of golden/families; for Gemma 3 there is none."""
    return next(
        (model for model in MODELS if find_architecture(model.config["model_type"], model.config) is family), None
    )


def tiny_config(family: Architecture) -> dict[str, Any]:
    """config.json of a tiny model of a family."""
    model = tiny_model(family)
    return model.config if model else WITHOUT_MODEL[family.name]


def cases(family: Architecture, config: dict[str, Any], values: tuple[Any, ...] = VALUES) -> Iterator[Case]:
    """Each setting that may hold a number, at each of the values."""
    text = text_of(config)
    settings: list[tuple[str, dict[str, Any], str]] = [(name, {}, name) for name in _names(family, text)]
    settings += [(place, scaling, name) for place in PLACES for scaling in _scalings(place, text) for name in scaling]
    for place, scaling, name in settings:
        for value in values:
            setting = {**scaling, name: value} if scaling else value
            kind = scaling.get("rope_type", "own")
            yield Case(f"{place}[{kind}].{name}" if scaling else name, value, _with(config, place, setting))


def _names(family: Architecture, text: dict[str, Any]) -> list[str]:
    """Names that rows read, that have a default, and that hold numbers in the tiny model."""
    numbers = {name for name, value in text.items() if type(value) in (int, float, list)}
    read = {name for row in family.all_metadata for name in row.names if "." not in name}
    return sorted((numbers | read | family.defaults.keys()) - {"architectures", "layer_types"})


def _scalings(place: str, text: dict[str, Any]) -> Iterator[dict[str, Any]]:
    own = text.get(place)
    if isinstance(own, dict):
        yield own
    if place == "rope_parameters" and own is None:
        return
    yield from ({**scaling, "rope_type": kind} for kind, scaling in SCALINGS.items())


def _with(config: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if isinstance(config.get("text_config"), dict):
        return {**config, "text_config": {**config["text_config"], name: value}}
    return {**config, name: value}
