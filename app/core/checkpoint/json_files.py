"""JSON out of an untrusted folder: bounded in size, an object or an error in plain words."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from app.core.checkpoint.folder import open_own
from app.core.system_reasons import system_reason
from app.core.text import text

MEBIBYTE = 1 << 20
MOST_VALUES = 2_000_000  # an index has one for each tensor, Gemma 3's tokenizer_config.json 62,000


class UnreadableJsonError(Exception):
    """The file is there but is not a JSON object; the text says why."""


def parse_object(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`. Raises UnreadableJsonError."""
    if most_values_in(data) > MOST_VALUES:
        raise UnreadableJsonError(text("it holds more than {count:,} values", count=MOST_VALUES))
    try:
        decoded = data.decode("utf-8")
        value = json.loads(decoded)
        if "\\u" in decoded:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text, and fails much later
    except RecursionError:
        raise UnreadableJsonError(text("it is nested too deeply")) from None
    except ValueError as error:  # JSONDecodeError, UnicodeError, an integer with thousands of digits
        raise UnreadableJsonError(text("it is not valid JSON ({details})", details=str(error))) from None
    if not isinstance(value, dict):
        raise UnreadableJsonError(text("it is not a JSON object"))
    return value


def most_values_in(data: bytes) -> int:
    """At least as many as there are values in a JSON text. An empty list has two bytes there and sixty in memory."""
    return sum(count_in(data, sign) for sign in (b",", b"[", b"{")) + 1


def count_in(data: bytes, sign: bytes) -> int:
    """How often a byte is there; in steps, so that memory stays small."""
    every = np.frombuffer(data, np.uint8)
    return sum(
        int(np.count_nonzero(every[start : start + MEBIBYTE] == ord(sign))) for start in range(0, len(data), MEBIBYTE)
    )


def read_object(path: Path, limit_bytes: int = 16 * MEBIBYTE) -> dict[str, Any]:
    """The JSON object in a file. Raises UnreadableJsonError, FileNotFoundError."""
    return parse_object(read_bytes(path, limit_bytes))


def read_bytes(path: Path, limit_bytes: int) -> bytes:
    """The whole of a small file. Raises UnreadableJsonError when it is too large or unreadable, FileNotFoundError."""
    try:
        with open_own(path) as file:
            size = min(os.fstat(file.fileno()).st_size, limit_bytes)  # memory for the file, not for the limit
            data = file.read(size + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableJsonError(text("it cannot be read ({details})", details=system_reason(error))) from None
    if len(data) > limit_bytes:
        raise UnreadableJsonError(text("it is larger than {limit} MB", limit=limit_bytes // MEBIBYTE))
    return data
