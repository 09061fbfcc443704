"""How what was typed on the command line is read. What a value needs is loaded when there is one."""

import argparse
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.core.choices import OutputType
from app.core.errors import AppError
from app.core.language import Language
from app.core.text import text

if TYPE_CHECKING:
    from app.core.model.fine_tunes import AdapterChoice
    from app.core.plan.header.metadata_entry import MetadataEntry
    from app.core.plan.types.tensor_choices import TensorChoice

Value = TypeVar("Value")


class UnusableError(AppError):
    """What was typed cannot be what is meant."""


def some_path(given: str) -> Path:
    """An empty one would be the working folder: nobody means that who has forgotten to set a variable."""
    if not given:
        raise UnusableError(text("the name is empty"))
    return Path(given)


def adapter_choice(given: str) -> "AdapterChoice":
    """A path may hold colons: what follows the last one counts only if it is a number, and no such path exists."""
    from app.core.model.fine_tunes import AdapterChoice

    path, colon, strength = given.rpartition(":")
    if colon and not Path(given).exists():
        try:
            found = float(strength)
        except ValueError:
            return AdapterChoice(some_path(given))
        if not isfinite(found):
            raise UnusableError(text("{strength!r:.40} is not a usable strength", strength=strength))
        return AdapterChoice(some_path(path), found)
    return AdapterChoice(some_path(given))


def path_to_write(given: str) -> Path:
    """A file that can be named; this program does not write to pipes."""
    if given == "-":
        raise UnusableError(text("MLX Ferry writes files, not to standard output (a file of this name is ./-)"))
    return some_path(given)


def one_output_type(given: str) -> list[tuple[OutputType, ...]]:
    """One type, in the shape of several."""
    return [(_output_type(given),)]


def output_types(given: str) -> tuple[OutputType, ...]:
    """Types with commas between them."""
    return tuple(_output_type(part) for part in given.split(","))


def _output_type(given: str) -> OutputType:
    try:
        return OutputType(given.strip().lower())
    except ValueError:
        known = ", ".join(kind.value for kind in OutputType)
        raise UnusableError(text("unknown type {type!r:.40}, choose from {types}", type=given, types=known)) from None


def tensor_choice(given: str) -> "TensorChoice":
    """A pattern and a type."""
    from app.core.plan.types.tensor_choices import parse_choice

    return parse_choice(given)


def metadata_entry(given: str) -> "MetadataEntry":
    """A key and a value."""
    from app.core.plan.header.edited import parse_entry

    return parse_entry(given)


def size(given: str) -> int:
    """Bytes."""
    from app.core.plan.split import parse_size

    return parse_size(given)


def model_name(given: str) -> str:
    """What a model can be called."""
    from app.core.plan.header.model_name import parse_name

    return parse_name(given)


def explained(parse: Callable[[str], Value], language: Language) -> Callable[[str], Value]:
    """What argparse calls: a text that cannot be used is wrong usage, in the words of the error."""

    def explain(given: str) -> Value:
        try:
            return parse(given)
        except AppError as error:
            said = " ".join(language(part) for part in (error.message, error.hint) if part)
            raise argparse.ArgumentTypeError(said) from None

    return explain
