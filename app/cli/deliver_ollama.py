"""deliver --to ollama, modelfile and llama-app: a finished file to where it is used, and what it answers there."""

import shlex
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from app.cli.deliver_answer import ask_model
from app.cli.output import say
from app.cli.progress_bar import ProgressBar
from app.core.convert import WrittenFile
from app.core.deliver.answer import ask_llama, ask_ollama
from app.core.deliver.llama_app import add_to_llama_app
from app.core.deliver.model_file import ModelFile, read_model_file
from app.core.deliver.modelfile import write_modelfile
from app.core.deliver.ollama import InOllama, deliver_to_ollama
from app.core.deliver.ollama_name import checked_name, usual_name
from app.core.describe.try_it import commands, ollama_create, ollama_run
from app.core.errors import DeliveryError
from app.core.human_text import bytes_in_words
from app.core.language import Language
from app.core.text import escaped, text


def to_ollama(arguments: Namespace) -> None:
    """Copy the file into Ollama, say what it is called there, and ask it. Raises AppError."""
    language, file = arguments.language, read_model_file(arguments.file)
    with closing(ProgressBar(language=language)) as bar:
        found = deliver_to_ollama(file, arguments.name or "", arguments.system or "", arguments.overwrite, bar)
    _tell(_in_ollama(found, file, language))
    if arguments.ask:
        ask_model(file.task, language, lambda: ask_ollama(found.place, found.name))


def bring_to_ollama(one: WrittenFile, digests: Sequence[str], arguments: Namespace) -> str:
    """A file that was just converted, under its usual name there; what is said of it. Raises AppError."""
    file = read_model_file(one.path, digests)
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        found = deliver_to_ollama(file, overwrite=arguments.overwrite, on_progress=bar)
    return "\n".join(map(escaped, _in_ollama(found, file, arguments.language)))


def _in_ollama(found: InOllama, file: ModelFile, language: Language) -> list[str]:
    said = (
        text("{name} is now in Ollama; {size} copied.", name=found.name, size=bytes_in_words(found.copied))
        if found.copied
        else text("{name} is now in Ollama, which had the weights already.", name=found.name)
    )
    return [language(said), *_try_it(language, ollama_run(file.task, found.name))]


def to_modelfile(arguments: Namespace) -> None:
    """Write a Modelfile beside the file, and say how it is used. Raises AppError."""
    language, file = arguments.language, read_model_file(arguments.file)
    _refuse_question(arguments)
    name = checked_name(arguments.name or usual_name(file))
    written = write_modelfile(file, arguments.system or "", arguments.overwrite)
    said = _with_path(language(text("Wrote {path}.", path="{path}")), written)
    _tell([said, *_try_it(language, ollama_create(name, written))])


def to_llama_app(arguments: Namespace) -> None:
    """Name the file in Llama's settings, say how llama.cpp's programs take it, and ask it. Raises AppError."""
    language, file = arguments.language, read_model_file(arguments.file)
    if arguments.system:
        raise DeliveryError(
            text("Llama's settings hold no system prompt."), text("Give it in the conversation, or deliver to Ollama.")
        )
    found = add_to_llama_app(file, arguments.name or "", arguments.overwrite)
    said = (
        text(
            "Added {name} to {path}. Llama reads it when it starts: quit Llama and open it again.",
            name=found.name,
            path="{path}",
        )
        if found.is_new
        else text("{path} has {name} already.", name=found.name, path="{path}")
    )
    lines = [_with_path(language(said), found.settings)]
    for one in commands(file.task, shlex.quote(str(file.first))):
        lines += _try_it(language, one)
    _tell(lines)
    if arguments.ask:
        ask_model(file.task, language, lambda: ask_llama(found.name, file.first))


def _try_it(language: Language, use: str) -> list[str]:
    try_it = language(text("Try it:"))
    return [f"{try_it} {use}"] if use else []


def _with_path(said: str, path: Path) -> str:
    """Whole, however long it is."""
    return said.replace("{path}", escaped(str(path)))


def _tell(lines: list[str]) -> None:
    say("\n".join(map(escaped, lines)))


def _refuse_question(arguments: Namespace) -> None:
    if arguments.ask:
        raise DeliveryError(
            text("A file cannot be asked before a program has it."),
            text("Leave the question out, or deliver to Ollama."),
        )
