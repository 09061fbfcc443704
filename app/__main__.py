"""`python -m app` and `mlx-ferry`: with arguments the command line, without them the window."""

import os
import sys


def main() -> int:
    """Returns the exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--confined"]:  # the frozen app as its own child: core/confined/run.py
        from app.core.confined.child import main as confined

        confined()
    if arguments in ([], ["--sample"]) and _has_display():
        from app.ui.application import run

        return run(with_sample=bool(arguments))
    from app.cli import main as command_line

    return command_line()


def _has_display() -> bool:
    """A Mac has one; elsewhere the environment says so."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in names)


if __name__ == "__main__":
    sys.exit(main())
