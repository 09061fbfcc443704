"""JSON out of an untrusted folder: bounded in size, an object or an error in plain words."""

import json
import os
from pathlib import Path
from typing import Any

from app.core.checkpoint.folder import open_own

MEBIBYTE = 1 << 20
MOST_VALUES = 2_000_000  # an index has one for each tensor, Gemma 3's tokenizer_config.json 62,000
NESTED = "it is nested too deeply"


class UnreadableJsonError(Exception):
    """The file is there but is not a JSON object; the text says why."""


def parse_object(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`. Raises UnreadableJsonError."""
    if most_values_in(data) > MOST_VALUES:
        raise UnreadableJsonError(f"it holds more than {MOST_VALUES:,} values")
    try:
        text = data.decode("utf-8")
        value = json.loads(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text, and fails much later
    except RecursionError:
        raise UnreadableJsonError(NESTED) from None
    except ValueError as error:  # JSONDecodeError, UnicodeError, an integer with thousands of digits
        raise UnreadableJsonError(f"it is not valid JSON ({error})") from None
    if not isinstance(value, dict):
        raise UnreadableJsonError("it is not a JSON object")
    return value


def most_values_in(data: bytes) -> int:
    """At least as many as there are values in a JSON text. An empty list has two bytes there and sixty in memory."""
    return data.count(b",") + data.count(b"[") + data.count(b"{") + 1


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
        raise UnreadableJsonError(f"it cannot be read ({error.strerror})") from None
    if len(data) > limit_bytes:
        raise UnreadableJsonError(f"it is larger than {limit_bytes // MEBIBYTE} MB")
    return data
