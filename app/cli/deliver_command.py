"""deliver: bring a finished file to where it is used."""

import argparse
from argparse import Namespace
from typing import Any

from app.cli.deliver_lm_studio import add_lm_studio_options, to_lm_studio
from app.cli.deliver_ollama import add_program_options, to_llama_app, to_modelfile, to_ollama
from app.core.language import Language
from app.core.text import text

DESTINATIONS = {
    "lm-studio": to_lm_studio,
    "ollama": to_ollama,
    "modelfile": to_modelfile,
    "llama-app": to_llama_app,
}


def run_deliver(arguments: Namespace) -> None:
    """Raises AppError, Cancelled."""
    DESTINATIONS[arguments.to](arguments)


def add_deliver(commands: Any, language: Language, path: Any) -> None:
    """`deliver FILE --to PLACE`; `path`: how a path is read."""
    deliver = commands.add_parser(
        "deliver",
        help=language(text("bring a GGUF file to the program that runs it")),
        description=language(text("Bring a GGUF file to the program that runs it. Nothing leaves this machine.")),
    )
    deliver.language = language
    deliver.add_argument("file", type=path, metavar="FILE", help=language(text("the GGUF file, or any part of it")))
    deliver.add_argument(
        "--to",
        required=True,
        choices=[*DESTINATIONS],
        help=language(
            text(
                "lm-studio (into its models folder), ollama (which keeps a copy), modelfile (write one beside FILE, "
                "for `ollama create`), llama-app (add FILE to the settings of Llama, which uses it where it is)"
            )
        ),
    )
    deliver.add_argument(
        "--overwrite", action="store_true", help=language(text("replace a file, a model or a Modelfile of this name"))
    )
    add_lm_studio_options(deliver, language)
    add_program_options(deliver, language)
    deliver.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
