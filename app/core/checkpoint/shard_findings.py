"""What can be wrong with the files of weights, one by one."""

from collections.abc import Sequence

from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.shard_index import DOWNLOAD_AGAIN, INDEX
from app.core.findings import Finding, blocker, warning
from app.core.system_reasons import system_reason
from app.core.text import counted, reason_of, text


def missing_shards(names: Sequence[str]) -> Finding:
    """For files that the index lists."""
    return blocker(
        "missing-shard",
        counted(
            "{file} is missing: {index} lists it, but it is not in the folder.",
            "{count:,} files are missing: {index} lists them, but they are not in the folder, such as {file}.",
            len(names),
            file=names[0],
            index=INDEX,
        ),
        text("Part of the weights is missing."),
        DOWNLOAD_AGAIN,
        names[0],
    )


def unreadable_shard(name: str, error: OSError) -> Finding:
    """For what the system does not let us read, or is no file."""
    return blocker(
        "unreadable-shard",
        text("{file} cannot be read: {reason}.", file=name, reason=system_reason(error)),
        text("Part of the weights is not available."),
        text("Check that it is a file, not a link to another place, and that you may read it."),
        name,
    )


def bad_shard(name: str, error: HeaderError) -> Finding:
    """For a file that is no sound safetensors file."""
    return blocker(
        "bad-shard",
        text("{file} cannot be used: {reason}.", file=name, reason=reason_of(error)),
        text("Its weights cannot be trusted."),
        DOWNLOAD_AGAIN,
        name,
    )


def duplicate_tensor(tensor: str, first_file: str, second_file: str) -> Finding:
    """For a tensor that two files hold."""
    return blocker(
        "duplicate-tensor",
        text(
            "{tensor} is in {first_file} and in {second_file}.",
            tensor=tensor,
            first_file=first_file,
            second_file=second_file,
        ),
        text("It is not clear which of the two is meant."),
        text("Remove files that are left over from an earlier save."),
        tensor,
    )


def too_many_shards(count: int, is_from_index: bool) -> Finding:
    """For more files than any model has."""
    return blocker(
        "too-many-shards",
        text("{index} lists {count:,} files, more than any model has.", index=INDEX, count=count)
        if is_from_index
        else text("The folder holds {count:,} files of weights, more than any model has.", count=count),
        text("None of them is read."),
        DOWNLOAD_AGAIN,
        INDEX if is_from_index else "",
    )


def unnamed_shard(name: str) -> Finding:
    """For a file that is left over beside those that the index lists."""
    return warning(
        "unnamed-shard",
        text("{file} is in the folder, but {index} does not list it.", file=name, index=INDEX),
        text(
            "It is not read. It is probably left over from an earlier save. mlx-lm would read it, because "
            "it loads every model*.safetensors."
        ),
        text("Move it out of the folder if it does not belong to the model."),
        name,
    )
