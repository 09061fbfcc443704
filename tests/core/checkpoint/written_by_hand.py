"""Safetensors files written by hand, so that they can be wrong in one place only."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LENGTH_BYTES = 8


def entry(begin: int = 0, end: int = 16, dtype: str = "F32", shape: Any = (4,)) -> dict[str, Any]:
    """One tensor of a header."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def write_safetensors(path: Path, header: Mapping[str, Any] | bytes, data_bytes: int = 0) -> Path:
    """A file with this header and as many zero bytes of data, which take no room on the disk."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw)
    with path.open("r+b") as file:
        file.truncate(LENGTH_BYTES + len(raw) + data_bytes)
    return path


def read_parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """The header of a sound file, and its data."""
    raw = path.read_bytes()
    start = LENGTH_BYTES + struct.unpack("<Q", raw[:LENGTH_BYTES])[0]
    return json.loads(raw[LENGTH_BYTES:start]), raw[start:]
