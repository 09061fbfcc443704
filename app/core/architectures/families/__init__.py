"""One small file for each GGUF graph, a row in it for each model type. To add one: docs/add-a-family.md."""

import json
from functools import cache
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules

from app.core.architectures.architecture import Architecture
from app.core.resources import resource_path

INDEX = "families.json"  # packaging/make_supported_models.py


@cache
def families_by_file() -> dict[str, list[Architecture]]:
    """All of them by the first file that has them. A new file needs no entry in a list; packagers must be told to take
    all of them along.
    """
    found, seen = {}, set[str]()
    for module in iter_modules(__path__):
        found[module.name] = [one for one in _in_file(module.name) if one.name not in seen]
        seen |= {one.name for one in found[module.name]}
    return found


def every_family() -> tuple[Architecture, ...]:
    """The families that can be converted."""
    return tuple(chain.from_iterable(families_by_file().values()))


def families_of(model_type: str) -> list[Architecture]:
    """Those of a type, in the same order, out of their files alone: all 79 take a tenth of a second."""
    files = _index().get(model_type)
    if files is None:  # unknown, or too new for the index
        return [family for family in every_family() if model_type in family.model_types]
    found = {one.name: one for file in files for one in _in_file(file)}  # a file has those that it is made of, too
    return [family for family in found.values() if model_type in family.model_types]


@cache
def _index() -> dict[str, list[str]]:
    """The files with families of each type."""
    found: dict[str, list[str]] = json.loads(resource_path(INDEX).read_text(encoding="utf-8"))
    return found


def _in_file(name: str) -> list[Architecture]:
    return [one for one in vars(import_module(f"{__name__}.{name}")).values() if isinstance(one, Architecture)]
