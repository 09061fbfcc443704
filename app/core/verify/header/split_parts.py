"""The parts of a GGUF file that llama-gguf-split, or we, have divided: which they are, and whether they fit together.

As llama.cpp reads them: src/llama-model-loader.cpp, where split.count is more than 1.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gguf import Keys

from app.core.plan import file_paths
from app.core.text import text
from app.core.weights.gguf_header import BadHeaderError

NUMBER, COUNT = Keys.Split.LLM_KV_SPLIT_NO, Keys.Split.LLM_KV_SPLIT_COUNT
TENSOR_COUNT = Keys.Split.LLM_KV_SPLIT_TENSORS_COUNT
PART_KEYS = (NUMBER, COUNT, TENSOR_COUNT)


def other_parts(path: Path, keys: Mapping[str, Any]) -> tuple[Path, ...]:
    """Those that follow the first part, whose keys are given; none of a whole file. Raises BadHeaderError."""
    count = _part_count(keys)
    if count == 1:
        return ()
    if keys.get(NUMBER) != 0:
        raise BadHeaderError(text("it is one of {count} parts; the first of them stands for all", count=count))
    name = path.name.removesuffix(".gguf").removesuffix(f"-00001-of-{count:05d}")
    first, *others = file_paths(path.with_name(f"{name}.gguf"), count)
    if first.name != path.name:
        raise BadHeaderError(
            text("it is the first of {count} parts, whose name must be like {name}", count=count, name=first.name)
        )
    return tuple(others)


def check_part(first: Mapping[str, Any], keys: Mapping[str, Any], number: int) -> None:
    """Whether a file with these keys is the part of this number, the first being 0. Raises BadHeaderError."""
    if keys.get(NUMBER) != number or _part_count(keys) != _part_count(first):
        raise BadHeaderError(text("it is not the part that its name says"))


def check_tensors(first: Mapping[str, Any], names: Sequence[str]) -> None:
    """Whether the tensors of all parts are those of one file. Raises BadHeaderError."""
    if len(set(names)) < len(names):
        raise BadHeaderError(text("two of its parts have a tensor of the same name"))
    if _part_count(first) > 1 and first.get(TENSOR_COUNT) != len(names):
        raise BadHeaderError(
            text(
                "its parts have {count:,} tensors together, not {expected!r:.20} as it says",
                count=len(names),
                expected=first.get(TENSOR_COUNT),
            )
        )


def _part_count(keys: Mapping[str, Any]) -> int:
    """llama-gguf-split --merge leaves a count of 0."""
    count = keys.get(COUNT, 1)
    if not isinstance(count, int) or count < 0:
        raise BadHeaderError(text("its number of parts is invalid"))
    return max(count, 1)
