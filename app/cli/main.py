"""main: arguments in, exit code out; every error becomes one line and a hint.

A command is loaded when it runs: what a plan needs takes half a second, and the version and wrong usage do without.
"""

import gc
import io
import logging
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable, Sequence

from app.cli.columns import wrapped
from app.cli.output import NobodyReads, printing
from app.cli.parser import build_parser
from app.cli.refused import RefusedError
from app.core.errors import AppError, Cancelled
from app.core.language import Language, find_language
from app.core.standard_streams import complain
from app.core.sudden_end import CANCELLED as CANCELLED_WORDS

GARBAGE = 100_000  # new objects before some is looked for: a vocabulary has millions that stay
DONE, FAILED, WRONG_USAGE, CANCELLED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a name that is no text, a terminal that knows few letters
    language = find_language()
    arguments = Namespace(debug=False, language=language)
    try:
        with printing():  # argparse prints its help itself
            build_parser(language).parse_args(argv, arguments)
        return _run(arguments)
    except NobodyReads:
        return FAILED
    except AppError as error:
        return _explain(error, arguments.debug, language)
    except (KeyboardInterrupt, Cancelled):
        complain(language(CANCELLED_WORDS))
        return CANCELLED


def _run(arguments: Namespace) -> int:
    arguments.json = getattr(arguments, "json", False)
    if arguments.command is None and not arguments.sample:
        with printing():
            build_parser(arguments.language).print_help()
        return WRONG_USAGE
    logging.getLogger("gguf").setLevel(logging.CRITICAL)  # what matters of it comes as a finding
    gc.disable()  # what is made at the start stays, and looking for garbage would take a sixth of it
    run = _loaded(arguments.command)
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
    if "folder" in arguments:
        from app.cli.models_command import resolve_name

        resolve_name(arguments)
    run(arguments)
    return DONE


def _loaded(command: str | None) -> Callable[[Namespace], None]:
    """What runs; without a command the sample is converted."""
    match command:
        case "adapter":
            from app.cli.adapter_command import run_adapter as run
        case "verify":
            from app.cli.verify_command import run_verify as run
        case "deliver":
            from app.cli.deliver_command import run_deliver as run
        case "models":
            from app.cli.models_command import run_models as run
        case "inspect":
            from app.cli.commands import run_inspect as run
        case "convert":
            from app.cli.commands import run_convert as run
        case "architectures":
            from app.cli.commands import run_architectures as run
        case _:
            from app.cli.commands import run_sample as run
    return run


def _explain(error: AppError, debug: bool, language: Language) -> int:
    if debug:
        complain("".join(traceback.format_exception(error)).rstrip("\n"))
    hint = language(error.hint)
    # of other hints a terminal breaks the lines: there may be a path in them to be copied
    lines = wrapped(hint, "  ") if isinstance(error, RefusedError) else [f"  {hint}"] if hint else []
    complain("\n".join([f"mlx-ferry: {language(error.message)}", *lines]))
    return FAILED
