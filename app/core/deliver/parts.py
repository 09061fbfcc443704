"""A model in several files: any of them stands for all."""

from pathlib import Path

from app.core.checkpoint.folder import open_regular
from app.core.deliver.folder_names import PART
from app.core.errors import CheckpointError
from app.core.text import text
from app.core.verify.gguf_file import open_gguf
from app.core.weights.gguf_header import MAGIC

MOST_PARTS = 9_999


def whole_parts(file: Path) -> tuple[Path, ...]:
    """The file, or all parts of its model in their order. Raises CheckpointError for one that is missing or cut off.

    Of parts only the beginnings are looked at.
    """
    match = PART.search(file.stem)
    if match is None or not 1 < int(match[2]) <= MOST_PARTS:
        with open_gguf(file):
            return (file,)
    start = file.stem.removesuffix(match[0])
    found = tuple(file.with_name(f"{start}-{number:05d}-of-{match[2]}.gguf") for number in range(1, int(match[2]) + 1))
    for part in found:
        _check_beginning(part)
    return found


def _check_beginning(part: Path) -> None:
    try:
        with open_regular(part) as file:
            if file.read(len(MAGIC)) == MAGIC:
                return
        reason: str = text("it is not a GGUF file")
    except FileNotFoundError:
        raise CheckpointError(
            text("{file} is missing: the model is in several files.", file=part.name),
            text("Put all of them into one folder."),
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
    raise CheckpointError(
        text("{file} cannot be read: {reason}.", file=part.name, reason=reason),
        text("Choose a GGUF file that is whole."),
    )
