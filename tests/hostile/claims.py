"""Folders that cost nothing to make, and claim to hold very much."""

import json
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.core.checkpoint.shard_index import INDEX
from tests.core.checkpoint.written_by_hand import LENGTH_BYTES, read_parts, write_safetensors
from tests.tiny_checkpoints import EMBEDDING

WEIGHTS = "model.safetensors"
ROWS, FILES, TENSORS = 30_000_000, 300_000, 200_000
Header = dict[str, Any]


def _rows(folder: Path, width: int, **changes: Any) -> None:
    """The file is sparse."""
    header, _ = read_parts(folder / WEIGHTS)
    header = {**header, EMBEDDING: {**header[EMBEDDING], "shape": [ROWS, width]}}
    end = 0
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = end, end + 2 * _count(entry["shape"])
            entry["data_offsets"] = [start, end]
    write_safetensors(folder / WEIGHTS, header, end)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": ROWS, **changes}))


def _count(shape: list[int]) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


def _further(folder: Path, entry: Mapping[str, Any], names: Callable[[int], str]) -> None:
    """So many tensors more, all of them empty."""
    header, values = read_parts(folder / WEIGHTS)
    end = len(values)
    header |= {names(number): {**entry, "data_offsets": [end, end]} for number in range(TENSORS)}
    raw = json.dumps(header).encode()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(raw)) + raw + values)


def _header(folder: Path, raw: bytes) -> None:
    write_safetensors(folder / WEIGHTS, raw)


def _files(folder: Path) -> None:
    named = {f"x.{number}": f"model-{number:06}.safetensors" for number in range(FILES)}
    (folder / INDEX).write_text(json.dumps({"weight_map": named}))


def _brackets(folder: Path) -> None:
    for name in ("config.json", "tokenizer_config.json", "generation_config.json", "added_tokens.json", INDEX):
        (folder / name).write_bytes(b'{"model_type":"gemma3_text","a":[' + b"[]," * 5_000_000 + b"[]]}")


CLAIMS: dict[str, Callable[[Path], None]] = {
    "rows of one value": lambda folder: _rows(folder, 1),
    "rows of one value, as config.json says": lambda folder: _rows(folder, 1, hidden_size=1),
    "rows of the right length": lambda folder: _rows(folder, 128),
    "files": _files,
    "unknown tensors": lambda folder: _further(
        folder, {"dtype": "BF16", "shape": [0]}, lambda number: f"model.layers.{number}.what.weight"
    ),
    "a header of lists": lambda folder: _header(folder, b'{"t":[' + b"[]," * 10_000_000 + b"[]]}"),
    "a header of one shape": lambda folder: _header(
        folder, b'{"t":{"dtype":"U8","shape":[' + b"1," * 10_000_000 + b'1],"data_offsets":[0,1]}}'
    ),
    "JSON of brackets": _brackets,
}


def claiming_folder(sound: Path, folder: Path, claim: str) -> Path:
    """A copy of a sound folder with one weight file that makes this claim."""
    shutil.copytree(sound, folder)
    CLAIMS[claim](folder)
    assert (folder / WEIGHTS).stat().st_size > LENGTH_BYTES
    return folder
