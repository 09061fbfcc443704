"""config.json of the tiny models as others fill it in: transformers 5 when it saves, mlx-lm when it loads.

Both write defaults for what a published config.json does not say, among them keys of parts that a model does not have.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any
from warnings import catch_warnings

from app.core.architectures import find_architecture
from app.core.checkpoint import Checkpoint
from app.core.model.identify import Model, identify
from tests.core.plan.in_memory import family_checkpoint
from tests.golden.family_models import FamilyModel

Config = dict[str, Any]
KEPT = ("model_type", "architectures", "text_config")


def by_transformers(config: Config) -> Config:
    """What its class saves; nothing where there is none, or where it does not take such a config.json."""
    from huggingface_hub.errors import StrictDataclassError
    from transformers import CONFIG_MAPPING

    name = config["model_type"]
    if name not in CONFIG_MAPPING:
        return {}
    try:
        with catch_warnings(action="ignore"):
            made = CONFIG_MAPPING[name].from_dict(_with_infinity(config))
    except (StrictDataclassError, ArithmeticError, TypeError, ValueError):
        return {}
    return json.loads(made.to_json_string(use_diff=True))


def by_mlx(config: Config) -> Config:
    """What its ModelArgs hold, beside what config.json says; nothing where they do not take it."""
    from mlx_lm import utils

    _, arguments = utils._get_classes(config)
    try:
        made = arguments.from_dict(_with_infinity(config))
    except (KeyError, TypeError, ValueError):
        return {}
    return {**dataclasses.asdict(made), **config}


FILLERS: Mapping[str, Callable[[Config], Config]] = {"transformers": by_transformers, "mlx-lm": by_mlx}


def _with_infinity(config: Config) -> Config:
    """transformers writes infinity as {"__float__": "Infinity"}."""

    def number(one: Config) -> Any:
        return float(one["__float__"]) if [*one] == ["__float__"] else one

    return json.loads(json.dumps(config), object_hook=number)


def sound_checkpoint(model: FamilyModel) -> Checkpoint:
    family = find_architecture(model.config["model_type"], model.config)
    assert family is not None
    return family_checkpoint(family, model)


def with_config(sound: Checkpoint, config: Mapping[str, Any]) -> Checkpoint:
    return dataclasses.replace(sound, config=config)


def content(found: Model) -> tuple[Any, ...]:
    """All that llama.cpp asks of a file before it computes: keys, and tensors with their shapes."""
    shapes = [(one.key, [*map(one.layer.sizes.get, one.rule.written or one.rule.shape)]) for one in found.expected]
    return found.complaints, repr(found.values), shapes


def shortest(sound: Checkpoint) -> Config:
    """config.json without the settings that it could as well leave out."""
    config, whole = deepcopy(dict(sound.config)), content(identify(sound))
    for name in [*config]:
        rest = {key: value for key, value in config.items() if key != name}
        if name not in KEPT and content(identify(with_config(sound, rest))) == whole:
            config = rest
    return config


def filled(sound: Checkpoint) -> Iterator[tuple[str, Config]]:
    """Everything that may be found in the place of a config.json, and who wrote it."""
    for config in (deepcopy(dict(sound.config)), shortest(sound)):
        for name, fill in FILLERS.items():
            if found := fill(config):
                yield name, found
