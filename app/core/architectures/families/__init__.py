"""One small file for each GGUF graph, a row in it for each model type. To add one: docs/add-a-family.md."""

from importlib import import_module
from pkgutil import iter_modules

from app.core.architectures.architecture import Architecture

# A new file needs no entry in a list. Packagers must be told to take all of them along.
MODULES = tuple(import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))

_FOUND = {one.name: one for module in MODULES for one in vars(module).values() if isinstance(one, Architecture)}

ARCHITECTURES: tuple[Architecture, ...] = tuple(_FOUND.values())
