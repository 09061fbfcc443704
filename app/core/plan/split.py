"""Which files a plan is written to: one, or the parts that llama-gguf-split would make of it.

Source: llama.cpp tools/gguf-split/gguf-split.cpp (split_strategy) and src/llama.cpp (llama_split_path).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gguf import GGUFValueType, Keys

from app.core.errors import PlanError
from app.core.findings import Finding, warning
from app.core.plan.conversion_plan import ConversionPlan, WrittenTensor
from app.core.plan.header.file_size import file_byte_count, padded
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.text import text

UNITS = {"M": 10**6, "G": 10**9}
SIZE = re.compile(r"([1-9][0-9]{0,8})([MG])")


@dataclass(frozen=True)
class PlannedFile:
    """One file: the keys of its header, its tensors, and its bytes."""

    metadata: tuple[MetadataEntry, ...]
    tensors: tuple[WrittenTensor, ...]
    byte_count: int


def parse_size(written: str) -> int:
    """'4G' or '500M' in bytes, powers of ten as for llama-gguf-split. Raises PlanError."""
    found = SIZE.fullmatch(written)
    if found is None:
        raise PlanError(
            text("{size!r:.40} is not a size.", size=written), text("Write a whole number and M or G, as in 4G.")
        )
    return int(found[1]) * UNITS[found[2]]


def planned_files(plan: ConversionPlan) -> tuple[PlannedFile, ...]:
    """All files of a plan in their order; one where everything fits into one, which then has no keys of its own."""
    groups = tensor_groups(plan.tensors, plan.options.split_max_size)
    if len(groups) == 1:
        return (PlannedFile(plan.metadata, plan.tensors, plan.byte_count),)
    return tuple(parts(plan.metadata, groups))


def plan_paths(plan: ConversionPlan, target: Path) -> tuple[Path, ...]:
    """Where the files of a plan go: to the target itself, or to NAME-00001-of-0000N.gguf beside it."""
    return file_paths(target, len(planned_files(plan)))


def split_byte_count(metadata: tuple[MetadataEntry, ...], tensors: Sequence[WrittenTensor], most: int | None) -> int:
    """Bytes of all files together."""
    groups = tensor_groups(tensors, most)
    if len(groups) == 1:
        return file_byte_count(metadata, tensors)
    return sum(part.byte_count for part in parts(metadata, groups))


def tensor_groups(tensors: Sequence[WrittenTensor], most: int | None) -> list[tuple[WrittenTensor, ...]]:
    """The tensors of each file, which together take at most so many bytes; a larger one has a file to itself."""
    groups: list[list[WrittenTensor]] = [[]]
    size = 0
    for tensor in tensors:
        byte_count = padded(tensor.byte_count)
        if most is not None and groups[-1] and size + byte_count > most:
            groups.append([])
            size = 0
        groups[-1].append(tensor)
        size += byte_count
    return [tuple(group) for group in groups]


def parts(metadata: tuple[MetadataEntry, ...], groups: Sequence[tuple[WrittenTensor, ...]]) -> Iterator[PlannedFile]:
    """The first file has all keys, and each the three that say which part it is: the count last, as it is set last."""
    total = sum(map(len, groups))
    for number, tensors in enumerate(groups):
        own = (
            MetadataEntry(Keys.Split.LLM_KV_SPLIT_NO, number, GGUFValueType.UINT16),
            MetadataEntry(Keys.Split.LLM_KV_SPLIT_TENSORS_COUNT, total, GGUFValueType.INT32),
            MetadataEntry(Keys.Split.LLM_KV_SPLIT_COUNT, len(groups), GGUFValueType.UINT16),
        )
        keys = own if number else (*metadata, *own)
        yield PlannedFile(keys, tensors, file_byte_count(keys, tensors))


def file_paths(target: Path, count: int) -> tuple[Path, ...]:
    """The target itself, or NAME-00001-of-0000N.gguf beside it."""
    return (target,) if count == 1 else part_paths(target, count)


def part_paths(target: Path, count: int) -> tuple[Path, ...]:
    """NAME-00001-of-0000N.gguf and all that follow it, beside NAME.gguf."""
    name = target.name.removesuffix(".gguf")
    return tuple(target.with_name(f"{name}-{number:05d}-of-{count:05d}.gguf") for number in range(1, count + 1))


def split_findings(tensors: Sequence[WrittenTensor], most: int | None) -> Iterator[Finding]:
    """Tensors that are larger than a file is to be."""
    if most is None:
        return
    for tensor in (tensor for tensor in tensors if padded(tensor.byte_count) > most):
        yield warning(
            "larger-than-a-file",
            text(
                "{tensor} has {count:,} bytes, more than the {most:,} that a file may have.",
                tensor=tensor.name,
                count=tensor.byte_count,
                most=most,
            ),
            text("A tensor is never divided: it gets a file to itself, which is larger than you asked for."),
            text("Choose a larger size if all files must be smaller than that."),
            tensor.name,
        )
