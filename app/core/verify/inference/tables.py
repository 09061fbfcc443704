"""Tables of log-probabilities between two engines: where they lie for a while, and how they are read."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from app.core.arrays import Floats
from app.core.errors import VerificationError
from app.core.human_text import bytes_in_words
from app.core.sudden_end import before_sudden_end, undisturbed
from app.core.text import text
from app.core.verify.results.no_comparison import NoComparisonError

TABLES = 2  # the folder's and the file's
VALUE_BYTES = 4


def check_space(position_count: int, token_count: int) -> None:
    """Whether both tables find place. Raises NoComparisonError."""
    place = tempfile.gettempdir()
    needed, free = TABLES * position_count * token_count * VALUE_BYTES, shutil.disk_usage(place).free
    if needed > free:
        raise NoComparisonError(
            text(
                "Predictions need {needed} of space in {folder} for a while, and {free} are free.",
                needed=bytes_in_words(needed),
                folder=place,
                free=bytes_in_words(free),
            )
        )


@contextmanager
def folder_for_tables() -> Iterator[Path]:
    """A folder that is removed with all that is in it: at the end of the block, or when a signal ends the program."""
    with ExitStack() as stack:
        with undisturbed():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlx-ferry-")))
            stack.enter_context(before_sudden_end(partial(shutil.rmtree, folder, ignore_errors=True)))
        yield folder


def rows_of(table: Path, row_count: int, token_count: int) -> Iterator[Floats]:
    """The rows of a file of (row_count, token_count) float32 values, of which memory holds one at a time.

    Raises VerificationError where the file is of another size.
    """
    with table.open("rb") as file:
        for _ in range(row_count):
            row = np.fromfile(file, np.float32, token_count)
            if row.size < token_count:
                raise _other_size(table)
            yield row
        if file.read(1):
            raise _other_size(table)


def _other_size(table: Path) -> VerificationError:
    return VerificationError(
        text("The table of predictions {file} is not as large as it should be.", file=table.name),
        text("Verify the file again."),
    )
