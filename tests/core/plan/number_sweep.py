"""Every number of a family's config.json, through values that are none or that few can compute with."""

import copy
import math
from collections.abc import Iterator
from typing import Any

from app.core.architectures import Architecture, find_architecture
from tests.golden.family_models import FamilyModel, family_models
from tests.golden.variations import text_of

VALUES: tuple[Any, ...] = (-1, -1e-6, 0, 1e38, math.inf, -math.inf, math.nan, [1, 2], "1")
# Kinds of rope scaling with all that they may set
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
    },
    "llama3": {
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    },
    "longrope": {
        "factor": 4.0,
        "original_max_position_embeddings": 64,
        "attention_factor": 1.0,
        "short_mscale": 1.0,
        "long_mscale": 1.0,
    },
}
PLACES = ("rope_scaling", "rope_parameters")
Case = tuple[str, Any, dict[str, Any]]  # what is set, to what, and the config.json


def model_of(family: Architecture) -> FamilyModel | None:
    """A tiny model of a family."""
    models = (*family_models(), *family_models(is_rounded=True))
    return next((m for m in models if find_architecture(m.config["model_type"], m.config) is family), None)


def cases(family: Architecture, config: dict[str, Any]) -> Iterator[Case]:
    """Each setting that may hold a number set to each value."""
    text = text_of(config)
    for name in _names(family, text):
        for value in VALUES:
            yield name, value, _changed(config, {name: value})
    for place in PLACES:
        for kind, scaling in _scalings(place, text):
            for name in scaling:
                for value in VALUES:
                    yield (
                        f"{place}[{kind}].{name}",
                        value,
                        _changed(config, {place: {**scaling, name: value}}),
                    )


def _names(family: Architecture, text: dict[str, Any]) -> list[str]:
    """Names that rows read, that have a default, and that hold numbers in the tiny model."""
    numbers = {
        name for name, value in text.items() if isinstance(value, int | float | list) and type(value) is not bool
    }
    names = {*numbers, *family.defaults, *(name for row in family.metadata for name in row.names)}
    return sorted(names - {"architectures", "text_config"})


def _scalings(place: str, text: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    own = text.get(place)
    if isinstance(own, dict):
        yield "own", {name: value for name, value in own.items() if not isinstance(value, dict | str)}
    for kind, scaling in SCALINGS.items():
        yield kind, {**scaling, "rope_type": kind}


def _changed(config: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    new = copy.copy(config)
    part = new
    if isinstance(config.get("text_config"), dict):
        part = new["text_config"] = copy.copy(config["text_config"])
    part |= settings
    return new
