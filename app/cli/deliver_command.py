"""deliver: a finished file to the program that runs it."""

import argparse
from argparse import Namespace
from typing import Any

from app.cli.deliver_lm_studio import add_lm_studio_options, to_lm_studio
from app.core.language import Language
from app.core.text import text

DESTINATIONS = {"lm-studio": to_lm_studio}


def run_deliver(arguments: Namespace) -> None:
    """Bring the file there. Raises AppError."""
    DESTINATIONS[arguments.to](arguments)


def add_deliver(commands: Any, language: Language, path: Any) -> None:
    """The command; `path` is how the parser reads the name of a file."""
    deliver = commands.add_parser(
        "deliver",
        help=language(text("bring a GGUF file to the program that runs it")),
        description=language(text("Bring a GGUF file to the program that runs it. Nothing leaves this machine.")),
    )
    deliver.language = language
    deliver.add_argument("file", type=path, metavar="FILE", help=language(text("the GGUF file")))
    deliver.add_argument(
        "--to", required=True, choices=[*DESTINATIONS], help=language(text("lm-studio (into its models folder)"))
    )
    add_lm_studio_options(deliver, language)
    deliver.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
