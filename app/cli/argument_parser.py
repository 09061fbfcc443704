"""The parser of the command line, and the arguments that several commands have."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from app.cli.option_values import adapter_choice, explained, some_path
from app.core.language import Language, english
from app.core.standard_streams import complain
from app.core.text import text

ADAPTER = text(
    "an adapter (LoRA, DoRA or full) to add to the model, of MLX or PEFT; may be repeated; with a STRENGTH "
    "other than 1 it counts more or less. A FOLDER that holds only an adapter finds its model by itself"
)


class Parser(argparse.ArgumentParser):
    """Help that is lost is an error; wrong usage is told where it can be told, in the language of the rest."""

    language = english()
    late_epilog: Callable[[], str] | None = None  # what only help needs, and what takes time to be loaded

    def print_help(self, file: Any = None) -> None:
        print(self.format_help(), end="", file=file)  # argparse's own passes over errors

    def format_help(self) -> str:
        if self.late_epilog:
            self.epilog = self.late_epilog()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        complain(
            self.format_usage() + self.language(text("{program}: error: {message}", program=self.prog, message=message))
        )
        raise SystemExit(2)


def add_model(parser: Parser, language: Language) -> None:
    """The folder, and adapters to add to its model."""
    parser.add_argument(
        "folder",
        type=explained(some_path, language),
        metavar="FOLDER",
        help=language(text("the model folder, or a file in it; or an adapter's; or a name out of `mlx-ferry models`")),
    )
    parser.add_argument(
        "--adapter",
        type=explained(adapter_choice, language),
        action="append",
        default=[],
        metavar="FOLDER[:STRENGTH]",
        help=language(ADAPTER),
    )
