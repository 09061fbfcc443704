"""model.safetensors.index.json: which tensor it says is in which file, and whether it is about these files at all."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from app.core.checkpoint.folder import is_plain_name
from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, read_object
from app.core.findings import Finding, Findings, blocker, warning
from app.core.text import Text, counted, reason_of, text

INDEX = "model.safetensors.index.json"
INDEX_LIMIT = 64 * MEBIBYTE  # that of the largest known model has 23 MB
DOWNLOAD_AGAIN = text("Copy or download the folder again, or save the model again with mlx-lm.")
NUMBERED = re.compile(r"(?P<start>.*)-(?P<number>\d{1,9})-of-(?P<count>\d{1,9})\.safetensors", re.ASCII)


def read_index(folder: Path, findings: Findings) -> dict[str, str]:
    """Tensor name → file name as the index has it; empty without a usable index."""
    try:
        weight_map = read_object(folder / INDEX, INDEX_LIMIT).get("weight_map")
        if not isinstance(weight_map, dict) or not weight_map:
            raise UnreadableJsonError(text("it has no weight_map"))
    except FileNotFoundError:
        return {}
    except UnreadableJsonError as error:
        findings.append(
            warning(
                "bad-index",
                text("{file} cannot be used: {reason}.", file=INDEX, reason=reason_of(error)),
                text("All files named model*.safetensors are read instead."),
                DOWNLOAD_AGAIN,
                INDEX,
            )
        )
        return {}
    outside = sorted({repr(name) for name in weight_map.values() if not is_plain_name(name)})
    if outside:
        findings.append(
            blocker(
                "index-leads-out",
                text("{index} lists {file}, which is not a plain file name.", index=INDEX, file=outside[0]),
                text("A model folder may refer only to its own files."),
                text("Do not use this folder unless you know where it comes from."),
                INDEX,
            )
        )
    return {tensor: name for tensor, name in weight_map.items() if is_plain_name(name)}


def series_of(name: str) -> tuple[str, int] | None:
    """What the files of one save share: the start of their names and how many they are. None where that is not said."""
    match = NUMBERED.fullmatch(name)
    return (match["start"], int(match["count"])) if match else None


def is_complete_save(names: Collection[str]) -> bool:
    """Whether files are, by their names, all that one save wrote."""
    series = {series_of(name) for name in names}
    if len(series) != 1:
        return False
    (one,) = series
    if one is None:
        return len(names) == 1
    numbers = {int(match["number"]) for name in names if (match := NUMBERED.fullmatch(name))}
    return len(numbers) == one[1] and min(numbers) == 1 and max(numbers) == one[1]


def stale_index(missing_files: Iterable[str], unlisted: Iterable[str], lost: Iterable[str]) -> Finding:
    """For an index of another save, while the files are whole without it, as far as they tell."""
    return warning(
        "stale-index",
        _difference(sorted(missing_files), sorted(unlisted), sorted(lost)),
        text("The files are read without it, as mlx-lm does."),
        text("Delete {index}, or save the model again with mlx-lm: then it fits the files.", index=INDEX),
        INDEX,
    )


def _difference(missing_files: list[str], unlisted: list[str], lost: list[str]) -> Text:
    if missing_files:
        return counted(
            "{index} does not fit the files: it lists {count:,} that is not there, {file}.",
            "{index} does not fit the files: it lists {count:,} that are not there, such as {file}.",
            len(missing_files),
            index=INDEX,
            file=missing_files[0],
        )
    if lost:
        return counted(
            "{index} does not fit the files: it lists {count:,} tensor that is in none of them, {tensor}.",
            "{index} does not fit the files: it lists {count:,} tensors that are in none of them, such as {tensor}.",
            len(lost),
            index=INDEX,
            tensor=lost[0],
        )
    return counted(
        "{index} does not fit the files: it leaves out {count:,} of them, {file}.",
        "{index} does not fit the files: it leaves out {count:,} of them, such as {file}.",
        len(unlisted),
        index=INDEX,
        file=unlisted[0],
    )
