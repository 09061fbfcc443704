"""deliver: a finished file to the program that uses it."""

import argparse
from argparse import Namespace
from typing import Any

from app.cli.deliver_ollama import to_llama_app, to_modelfile, to_ollama
from app.core.language import Language
from app.core.text import text

DESTINATIONS = {"ollama": to_ollama, "modelfile": to_modelfile, "llama-app": to_llama_app}


def run_deliver(arguments: Namespace) -> None:
    """Bring the file there. Raises AppError."""
    DESTINATIONS[arguments.to](arguments)


def add_deliver(commands: Any, language: Language, path: Any) -> None:
    """The command; `path` is how the parser reads the name of a file."""
    deliver = commands.add_parser(
        "deliver",
        help=language(text("bring a GGUF file to the program that uses it")),
        description=language(
            text(
                "Bring a GGUF file to the program that uses it. Nothing leaves this machine. OLLAMA_HOST says where "
                "Ollama listens, if not at 127.0.0.1:11434."
            )
        ),
    )
    deliver.language = language
    deliver.add_argument("file", type=path, metavar="FILE", help=language(text("the GGUF file, or any part of it")))
    deliver.add_argument(
        "--to",
        required=True,
        choices=[*DESTINATIONS],
        help=language(
            text(
                "ollama (which keeps a copy), modelfile (write one beside FILE, for `ollama create`), llama-app (add "
                "FILE to the settings of Llama, which uses it where it is)"
            )
        ),
    )
    deliver.add_argument(
        "--name", metavar="NAME", help=language(text("what the model is called there; default: by the file's name"))
    )
    deliver.add_argument(
        "--system", metavar="TEXT", help=language(text("a system text that Ollama puts before every conversation"))
    )
    deliver.add_argument(
        "--ask", action="store_true", help=language(text("ask the model one short question there, and show its answer"))
    )
    deliver.add_argument(
        "--replace", action="store_true", help=language(text("replace a model or a Modelfile of this name"))
    )
    deliver.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
