"""A Modelfile, for `ollama create` by hand. How Ollama reads it: parser/parser.go, ParseFile and unquote."""

from pathlib import Path

from app.core.convert.part_file import write_text
from app.core.deliver.model_file import ModelFile
from app.core.errors import DeliveryError
from app.core.text import text

QUOTES = '"""'


def write_modelfile(file: ModelFile, system: str = "", overwrite: bool = False) -> Path:
    """Beside the file, as NAME.Modelfile. Raises DeliveryError, TargetError."""
    target = file.first.with_name(f"{file.stem}.Modelfile")
    write_text(target, modelfile(file, system), overwrite)
    return target


def modelfile(file: ModelFile, system: str = "") -> str:
    """What stands in it; without a template, for Ollama uses the file's own. Raises DeliveryError."""
    lines = [f"FROM {_path(file)}", *(f"PARAMETER stop {quoted(stop)}" for stop in file.stops)]
    if system:
        lines.append(f"SYSTEM {quoted(system)}")
    if file.license:
        lines.append(f"LICENSE {quoted(file.license)}")
    return "\n".join(lines) + "\n"


def _path(file: ModelFile) -> str:
    """Beside the Modelfile; with more parts than one a pattern that is that of all."""
    name = f"{file.stem}-*.gguf" if len(file.paths) > 1 else file.first.name
    if not name.isprintable() or name != name.strip():
        raise DeliveryError(
            text("A Modelfile cannot name {file}.", file=name), text("Rename the file to something simple.")
        )
    return f"./{name}"


def quoted(said: str) -> str:
    """A value, on one line or more. Raises DeliveryError for one that no Modelfile can hold."""
    if QUOTES in said or said.endswith('"'):
        raise DeliveryError(
            text("A Modelfile cannot hold a text with three quotation marks, or with one at its end."),
            text("Change the text, or give it to Ollama directly."),
        )
    return f"{QUOTES}{said}{QUOTES}" if '"' in said or "\n" in said else f'"{said}"'
