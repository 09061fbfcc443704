"""Settings that count in mlx-lm or transformers and that a family does not know, and the values that change nothing.

    python -m tests.core.architectures.unknown_settings

writes them to resources/unknown_settings.json, after mlx-lm, transformers or a family has changed. A setting that turns
up there is first looked up in both and in llama.cpp: a family should know it, or `harmless_settings` says why it need
not.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from app.core.architectures import ARCHITECTURES, Architecture, Layout, families
from app.core.architectures.families import families_by_file
from app.core.architectures.normalize_config import normalize_config
from app.core.model.config_check import check_config, layer_count
from app.core.model.config_values import metadata_values
from app.core.model.expected_tensors import expected_tensors
from app.core.model.explained_errors import Trail
from app.core.resources import resource_path
from tests.core.architectures.harmless_settings import EVERYWHERE, HARMLESS, IN_ALL, is_harmless
from tests.core.architectures.mlx_lm_args import args_classes
from tests.core.architectures.needed_by_mlx_lm import configs_of, file_of
from tests.core.architectures.settings_that_count import (
    counting_in_mlx_lm,
    counting_in_transformers,
    names_in_transformers,
)
from tests.core.architectures.string_literals import strings_in
from tests.golden.variations import changed
from tests.tiny_checkpoints import row_count


def unknown_of(family: Architecture) -> dict[str, list[Any]]:
    """Settings by name, each with the values that make no difference: its defaults, or {"same_as": a known setting}."""
    known, counting = known_of(family), _counting(family)
    for name, other in (pair for model_type in family.model_types for pair in names_in_transformers(model_type)):
        if other in known and name not in known:
            counting[name] = [{"same_as": other}]
        if name in known and other in counting.keys() - known:
            counting[other] = [{"same_as": name}, *counting[other]]
    return {
        name: HARMLESS.get((family.name, name), values)
        for name, values in sorted(counting.items())
        if name not in known | EVERYWHERE and not is_harmless(family.name, name) and not _is_told(family, name, values)
    }


def _counting(family: Architecture) -> dict[str, list[Any]]:
    """All settings that count for one of its model types, with their defaults."""
    found, classes = dict(IN_ALL), args_classes(family)
    for model_type in family.model_types:
        sides = [counting_in_transformers(model_type)]
        if model_type in classes:
            sides.append(counting_in_mlx_lm(classes[model_type]))
        for name, default in (pair for side in sides for pair in side.items()):
            values = found.get(name, [])
            found[name] = values if default in values else [*values, default]
    return found


def known_of(family: Architecture) -> set[str]:
    """What its rows and requirements are named after, its functions ask for, and its file speaks of."""
    rows = [row for part in (*family.parts, family) for row in part.metadata]
    names = {name.split(".")[0] for row in rows for name in row.names}
    names |= family.defaults.keys() | {one.name for one in family.all_requirements}
    names |= strings_in(_file_of(family))
    for config in configs_of(family):
        trail = Trail()
        unified = normalize_config(config, family.defaults, trail.settings)
        check_config(family, unified, metadata_values(family, unified))
        for one in expected_tensors(family, unified, layer_count(family, unified), row_count()):
            _ = [one.form(layout).change for layout in Layout]
        _ = [one.fits(unified) for one in family.all_requirements], [one.values(unified) for one in family.all_computed]
        names |= trail.read.keys()
    return names


def _file_of(family: Architecture) -> Path:
    name = next(name for name, found in families_by_file().items() if family in found)
    return Path(families.__file__).parent / f"{name}.py"


def _is_told(family: Architecture, name: str, defaults: list[Any]) -> bool:
    """Whether the file depends on it, or a requirement: some functions read from a copy of config.json."""
    for config in configs_of(family):
        whole = file_of(family, config)
        if any(file_of(family, changed(config, {name: value})) != whole for value in _others(defaults)):
            return True
    return False


def _others(defaults: list[Any]) -> Iterator[Any]:
    yield from (1, 2.5, True, False, ["x"], {"x": 1}, "x")
    yield from (not value for value in defaults if isinstance(value, bool))


@cache
def table() -> dict[str, dict[str, list[Any]]]:
    """Of all families that have any."""
    found = {family.name: unknown_of(family) for family in ARCHITECTURES}
    return {name: settings for name, settings in sorted(found.items()) if settings}


def as_json(found: dict[str, dict[str, list[Any]]]) -> str:
    """A line for each family."""
    return (
        "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(settings)}" for name, settings in found.items()) + "\n}\n"
    )


if __name__ == "__main__":
    resource_path("unknown_settings.json").write_text(as_json(table()), encoding="utf-8")
