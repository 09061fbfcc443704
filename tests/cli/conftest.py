"""A folder to write beside, and the command line, run in this process."""

import signal

import pytest

from app.cli import main


@pytest.fixture
def model(tied_folder, copy_folder):
    """A model folder that a file may be written beside."""
    return copy_folder(tied_folder)


@pytest.fixture
def run(capsys):
    """A function that runs the command line here: arguments → (exit code, stdout, stderr)."""
    handler = signal.getsignal(signal.SIGTERM)

    def run(*arguments):
        code: object
        try:
            code = main(list(map(str, arguments)))
        except SystemExit as end:  # argparse leaves this way
            code = end.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield run
    signal.signal(signal.SIGTERM, handler)
