"""Changes of a folder that mean nothing: the file must stay the same to the byte."""

import json
import struct
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from app.core.checkpoint.shard_index import INDEX
from tests.core.checkpoint.written_by_hand import read_parts
from tests.hostile.sound_folders import shards

SPACES: Any = st.sampled_from([{}, {"indent": 3}, {"separators": (" ,\n", "\t: ")}, {"ensure_ascii": False}])


@st.composite
def harmless_changes(draw, folder: Path) -> dict[str, bytes | None]:
    """File name → what to put there."""
    changes: dict[str, bytes | None] = {}
    for path in draw(st.lists(st.sampled_from(sorted(folder.glob("*.json"))), max_size=3, unique=True)):
        value = json.loads(path.read_bytes())
        more = {"nobody": "knows this"} if path.name == "config.json" else {}
        changes[path.name] = _shuffled(draw, {**value, **more})
    shard = draw(st.sampled_from(list(shards(folder))))
    header, values = read_parts(shard)
    raw = _shuffled(draw, header) + b" " * draw(st.integers(0, 9))
    changes[shard.name] = struct.pack("<Q", len(raw)) + raw + values
    changes["notes.txt"] = draw(st.binary(max_size=9))
    changes["adapters.safetensors"] = draw(st.binary(max_size=9))
    if draw(st.booleans()):
        changes[INDEX] = None  # all files named model*.safetensors are taken
    return changes


def _shuffled(draw: Any, value: dict[str, Any]) -> bytes:
    """The outermost keys in another order, with other spaces between."""
    keys = list(value)
    first = draw(st.integers(0, len(keys)))
    reordered = [*keys[first:], *keys[:first]]
    return json.dumps({key: value[key] for key in reordered}, **draw(SPACES)).encode()
