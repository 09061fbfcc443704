"""`python -m app` and `mlx-ferry`: without arguments, or with a folder, the window; with others the command line."""

import signal

# Before anything else: Python's own way out of Ctrl-C is a traceback, from wherever it is at the moment.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import gc
import os
import sys
from pathlib import Path

from app.core.sudden_end import end_on_signals, ignore_signals


def main() -> int:
    """Returns the exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--sandbox"]:  # the frozen app as its own child: core/sandbox/running.py
        from app.core.sandbox.child import main as in_sandbox

        in_sandbox()
    if arguments == ["--engine"]:  # core/verify/engines/process.py
        from app.core.verify.engines.child import main as as_engine

        as_engine()
    if arguments == ["--self-test-window"]:  # self_test/windows.py
        from app.self_test.window import main as as_window

        as_window()
    end_on_signals()
    from app.core.exhaustion import exhaustion
    from app.core.standard_streams import complain, let_go, reserve_streams

    reserve_streams()
    try:
        return _front(arguments)
    except Exception as error:
        known = exhaustion(error)
        if known is None or "--debug" in arguments:
            raise
        complain(f"mlx-ferry: {known.message}\n  {known.hint}")
        return 1
    finally:
        let_go()
        ignore_signals()


def _front(arguments: list[str]) -> int:
    if arguments == ["--self-test"]:
        from app.self_test import run_self_test

        return run_self_test()
    if arguments in ([], ["--sample"]) and _has_display():
        return _show_window(with_sample=bool(arguments))
    from app.cli import main as command_line
    from app.cli.parser import COMMANDS

    if len(arguments) == 1 and arguments[0] not in COMMANDS and _is_there(arguments[0]):
        return _show_folder(arguments[0])
    return command_line()


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # too long for a name
        return False


def _show_folder(path: str) -> int:
    """In the window; where there can be none, a sentence says what to type."""
    if _has_display():
        return _show_window(folder=Path(path))
    from app.core.language import find_language
    from app.core.standard_streams import complain
    from app.core.text import text

    said = text("There is no screen to open a window on. To see what is in it: mlx-ferry inspect {folder}", folder=path)
    complain(f"mlx-ferry: {find_language()(said)}")
    return 2


def _show_window(folder: Path | None = None, with_sample: bool = False) -> int:
    gc.disable()  # what is made at the start stays, and looking for garbage would take a tenth of it
    from app.ui.application import run

    return run(folder, with_sample)


def _has_display() -> bool:
    """A Mac has one; elsewhere the environment says so."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in names)


if __name__ == "__main__":
    sys.exit(main())
