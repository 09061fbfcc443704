"""mlx-lm without transformers, of which it only takes names: those of tokenizers, and an engine makes none.

To import transformers is to list the files of all its models, for a second or more.
"""

import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LEFT_OUT = "transformers"


class _Names(ModuleType):
    """A module in which every name is a class of its own."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = type(name, (), {"register": staticmethod(lambda *_, **__: None)})  # mlx-lm registers a tokenizer
        setattr(self, name, found)
        return found


class _Finder(Loader):
    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        is_left_out = fullname.partition(".")[0] == LEFT_OUT
        return ModuleSpec(fullname, self, is_package=True) if is_left_out else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Names(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing inside."""


def leave_out_transformers() -> None:
    """For the rest of this process, which must never want a tokenizer."""
    sys.meta_path.insert(0, _Finder())
