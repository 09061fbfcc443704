"""deliver: its arguments."""

import argparse
from argparse import ArgumentParser

from app.cli.argument_parser import Parser
from app.cli.option_values import explained, some_path
from app.core.language import Language
from app.core.text import text

DESTINATIONS = ("lm-studio", "ollama", "modelfile", "llama-app")


def add_deliver(commands: "argparse._SubParsersAction[Parser]", language: Language) -> None:
    """`deliver FILE --to PLACE`."""
    deliver = commands.add_parser(
        "deliver",
        help=language(text("bring a GGUF file to the program that runs it")),
        description=language(text("Bring a GGUF file to the program that runs it. Nothing leaves this machine.")),
    )
    deliver.language = language
    deliver.add_argument(
        "file",
        type=explained(some_path, language),
        metavar="FILE",
        help=language(text("the GGUF file, or any part of it")),
    )
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
    _add_lm_studio_options(deliver, language)
    _add_program_options(deliver, language)
    deliver.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _add_lm_studio_options(parser: ArgumentParser, language: Language) -> None:
    """Where in its folder, and how."""
    parser.add_argument(
        "--publisher",
        default="",
        metavar="NAME",
        help=language(text("whose model it is, in LM Studio; default: your user name")),
    )
    parser.add_argument(
        "--model",
        default="",
        metavar="NAME",
        help=language(text("the model that FILE joins, in LM Studio; default: the file's name without its type")),
    )
    parser.add_argument(
        "--move",
        action="store_true",
        help=language(text("move FILE into LM Studio's folder instead of sharing or copying it")),
    )


def _add_program_options(parser: ArgumentParser, language: Language) -> None:
    """What the model is called there, and what is said to it."""
    parser.add_argument(
        "--name", metavar="NAME", help=language(text("what the model is called there; default: by the file's name"))
    )
    parser.add_argument(
        "--system", metavar="TEXT", help=language(text("a system prompt that Ollama puts before every conversation"))
    )
    parser.add_argument(
        "--ask", action="store_true", help=language(text("ask the model one short question there, and show its answer"))
    )
