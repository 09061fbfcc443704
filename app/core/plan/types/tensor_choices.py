"""Types that a person chose for single tensors: patterns of names, on the command line or in a small text file.

As for llama-quantize (tools/quantize/quantize.cpp, parse_tensor_type; src/llama-quant.cpp, llama_tensor_get_type): a
pattern is a regular expression in small letters that is found anywhere in the name of the file's tensor, and the first
one that is found counts.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gguf import GGMLQuantizationType

from app.core.checkpoint.folder import open_regular
from app.core.errors import PlanError
from app.core.ggml_types import TYPES_BY_NAME
from app.core.system_reasons import system_reason
from app.core.text import text

FILE_LIMIT = 1 << 20  # bytes; a line for each tensor of the largest model takes a tenth
LONGEST_PATTERN = 200


class TensorChoice(NamedTuple):
    """A wish for all tensors whose names the pattern finds."""

    pattern: str
    type: GGMLQuantizationType

    def __str__(self) -> str:
        return f"{self.pattern}={self.type.name.lower()}"


TensorChoices = tuple[TensorChoice, ...]


def parse_choice(written: str) -> TensorChoice:
    """'attn_v=q8_0'. Raises PlanError."""
    pattern, sign, name = (part.strip() for part in written.partition("="))
    if not (pattern and sign and name):
        raise PlanError(
            text("{choice!r:.80} is not of the form PATTERN=TYPE.", choice=written),
            text("Write PATTERN=TYPE, as in ffn_down=q6_k."),
        )
    kind = TYPES_BY_NAME.get(name.lower())
    if kind is None:
        raise PlanError(
            text("{type!r:.40} is not a type that a tensor can have.", type=name),
            text("The types are {types}.", types=", ".join(TYPES_BY_NAME)),
        )
    choice = TensorChoice(pattern.lower(), kind)
    _compiled(choice.pattern)
    return choice


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > LONGEST_PATTERN:
        raise _unusable(pattern, text("longer than {count} characters", count=LONGEST_PATTERN))
    try:
        return re.compile(pattern)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise _unusable(pattern, str(error)) from None


def _unusable(pattern: str, reason: str) -> PlanError:
    return PlanError(
        text("The pattern {pattern!r:.80} cannot be used: {reason}.", pattern=pattern, reason=reason),
        text("Use part of a name, such as ffn_down, or a regular expression, such as blk\\.[0-9]\\.ffn_."),
    )


def choice_for(name: str, choices: Iterable[TensorChoice]) -> TensorChoice | None:
    """The first choice that finds `name`. Raises PlanError for a pattern that is none."""
    return next((choice for choice in choices if _compiled(choice.pattern).search(name)), None)


def pattern_of(name: str) -> str:
    """The pattern that finds this tensor and no other."""
    return f"^{re.escape(name)}$"


def with_choice(choices: TensorChoices, names: Collection[str], kind: GGMLQuantizationType | None) -> TensorChoices:
    """`choices` with `kind` for exactly these tensors, before all others; None takes back what was chosen so."""
    patterns = {pattern_of(name): None for name in names}
    kept = tuple(choice for choice in choices if choice.pattern not in patterns)
    return kept if kind is None else (*(TensorChoice(pattern, kind) for pattern in patterns), *kept)


def load_choices(path: Path) -> TensorChoices:
    """From a text file: PATTERN=TYPE in each line; what follows a # does not count. Raises PlanError."""
    try:
        with open_regular(path) as stream:
            data = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise PlanError(
            text("{file} cannot be read: {reason}.", file=path, reason=system_reason(error)),
            text("Choose a text file."),
        ) from None
    if len(data) > FILE_LIMIT or not _is_text(data):
        raise PlanError(
            text("{file} is not a list of types.", file=path),
            text("It should be a text file with one PATTERN=TYPE per line."),
        )
    return tuple(_parsed_lines(path.name, data.decode()))


def _is_text(data: bytes) -> bool:
    try:
        return all(letter.isprintable() or letter.isspace() for letter in data.decode())
    except UnicodeDecodeError:
        return False


def _parsed_lines(file_name: str, lines: str) -> Iterator[TensorChoice]:
    for number, line in enumerate(lines.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if content:
            try:
                yield parse_choice(content)
            except PlanError as error:
                raise PlanError(
                    text("{file}, line {number}: {error}", file=file_name, number=number, error=error.message),
                    error.hint,
                ) from None


def choices_as_text(choices: Iterable[TensorChoice]) -> str:
    """What load_choices reads, and llama-quantize with --tensor-type-file."""
    return "".join(f"{choice}\n" for choice in choices)
