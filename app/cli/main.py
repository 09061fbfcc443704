"""main: arguments in, exit code out; every error becomes one line and a hint."""

import io
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

from app.cli.commands import run_architectures, run_convert, run_inspect, run_sample
from app.cli.parser import build_parser
from app.core.errors import AppError, Cancelled
from app.core.text import printable

DONE, FAILED, WRONG_USAGE, CANCELLED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a name that is no text, a terminal that knows few letters
    try:
        try:
            return _run(argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(argv: Sequence[str] | None) -> int:
    parser = build_parser()
    arguments = parser.parse_args(argv)
    arguments.json = getattr(arguments, "json", False)
    commands = {"inspect": run_inspect, "convert": run_convert, "architectures": run_architectures}
    run = commands.get(arguments.command, run_sample)
    if arguments.command is None and not arguments.sample:
        parser.print_help()
        return WRONG_USAGE
    logging.getLogger("gguf").setLevel(logging.CRITICAL)  # what matters of it comes as a finding
    for number in (signal.SIGTERM, signal.SIGHUP):  # SIGHUP: the terminal was closed
        signal.signal(number, _terminate)
    try:
        run(arguments)
    except AppError as error:
        return _explain(error, arguments.debug)
    except (KeyboardInterrupt, Cancelled):
        print("Cancelled; nothing unfinished was left behind.", file=sys.stderr)
        return CANCELLED
    return DONE


def _explain(error: AppError, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(printable(f"mlx-ferry: {error.message}"), file=sys.stderr)
    if error.hint:
        print(printable(f"  {error.hint}"), file=sys.stderr)
    return FAILED


def _terminate(number: int, _: FrameType | None) -> None:
    """Leave by an exception, so that the unfinished file goes away."""
    sys.exit(128 + number)
