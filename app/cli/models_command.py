"""models: what is on this Mac, by name."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from app.cli.card import columns
from app.cli.output import say
from app.core.deliver.folder_contents import Kind
from app.core.deliver.models_here import ModelHere, models_here
from app.core.deliver.named_model import path_or_model
from app.core.describe.plan_json import as_json
from app.core.human_text import bytes_in_words
from app.core.language import Language
from app.core.text import Text, counted, text

TITLES = (text("Name"), text("Model type"), text("Bits"), text("Size"), "GGUF", text("Where"))
RIGHT = (2, 3, 4)


def run_models(arguments: Namespace) -> None:
    """Print a line for each."""
    found, language = models_here(_working_folder()), arguments.language
    if arguments.json:
        say(as_json([_data(one) for one in found]))
    elif not found:
        say(language(text("No models were found on this Mac.")))
    else:
        say(columns([tuple(map(language, TITLES)), *(_row(one, language) for one in found)], RIGHT))


def resolve_name(arguments: Namespace) -> None:
    """A FOLDER that is no path may be a model's name; then files are written where the command runs."""
    used = _working_folder()
    found = path_or_model(arguments.folder, used)
    if found != arguments.folder:
        arguments.folder = found
        if "output" in arguments and arguments.output is None:
            arguments.output = next(iter(used), None)


def _working_folder() -> list[Path]:
    try:
        return [Path.cwd()]
    except OSError:  # it was removed
        return []


def _data(one: ModelHere) -> dict[str, Any]:
    return {
        "name": one.name,
        "path": str(one.folder),
        "place": one.place.value,
        "kind": one.holds.kind.value,
        "model_type": one.holds.model_type or None,
        "bits": one.holds.bits,
        "byte_count": one.holds.byte_count,
        "is_complete": one.holds.is_complete,
        "gguf": [str(path) for path in one.gguf],
        "base": one.holds.base or None,
        "base_path": None if one.base is None else str(one.base),
    }


def _row(one: ModelHere, language: Language) -> tuple[str, ...]:
    kind: Text | str = one.holds.model_type
    if one.holds.kind is Kind.ADAPTER:
        kind = text("adapter for {model}", model=one.holds.base) if one.holds.base else text("adapter")
    elif not one.holds.is_complete:
        kind = text("{model_type}, download not complete", model_type=kind)
    files = counted("{count} file", "{count} files", len(one.gguf)) if one.gguf else ""
    bits = "" if one.holds.bits is None else str(one.holds.bits)
    cells = (one.name, kind, bits, bytes_in_words(one.holds.byte_count), files, str(one.folder))
    return tuple(map(language, cells))
