"""Weight files whose header lies: about types, shapes, places, names or its own length."""

import struct
from math import prod
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from app.core.checkpoint.dtypes import ITEM_BYTES
from tests.core.checkpoint.written_by_hand import read_parts
from tests.damage import AGAIN, VALUES, damaged_bytes, damaged_json, dumps

NUMBERS = st.sampled_from([-1, 0, 1, 7, 2**31, 2**32 - 1, 2**63, 2**64, 10**40, float("nan"), 1.5, True, "4", None])
NAMES = st.sampled_from(
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        "",
        "a\0b",
        "\x1b[31mred\x1b[0m",
        "\x9b2J",
        "\u202egnp.weight",
        "x" * 100_000,
        "lm_head.weight",
        "model.layers.0.weight",
        "model.layers.99999999999.mlp.up_proj.weight",
        "model.embed_tokens.scales",
        "model.embed_tokens.biases",
        "model.norm.global_scale",
        ".weight",
        ".scales",
        "__metadata__ ",
    ]
)
BITS = [b"\xff\xff\xff\xff", b"\x00\x00\xc0\x7f", b"\x80\x7f\x80\xff", b"\xff\x7f\xff\x7f", b"\x01\x00\x01\x00"]


@st.composite
def damaged_shard(draw, path: Path) -> bytes:
    """The bytes of a weight file, with one lie or two."""
    header, values = read_parts(path)
    metadata = header.pop("__metadata__", None)
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
        if header:
            draw(st.sampled_from(LIES))(draw, header)
    if metadata is not None:
        header["__metadata__"] = draw(st.just(metadata) | st.just(metadata) | VALUES)
    raw = dumps(header)
    ways = st.sampled_from(["as it is"] * 6 + ["bytes", "values", "length", "cut", "longer", "bits"])
    match draw(ways):
        case "bytes":
            raw = draw(damaged_bytes(raw))
        case "values":
            raw = draw(damaged_json(read_parts(path)[0]))
        case "length":
            length = draw(st.sampled_from([0, 1, len(raw) - 1, len(raw) + 1, len(raw) + 8, 2**31, 2**63, 2**64 - 1]))
            return struct.pack("<Q", length) + raw + values
        case "cut":
            values = values[: draw(st.integers(0, len(values)))]
        case "longer":
            values += draw(st.binary(min_size=1, max_size=9))
        case "bits":
            place = draw(st.integers(0, len(values) // 4 - 1)) * 4
            values = values[:place] + draw(st.sampled_from(BITS)) + values[place + 4 :]
    return struct.pack("<Q", len(raw)) + raw + values


def _any_name(draw: Any, header: dict[str, Any]) -> str:
    names = list(header)
    return names[draw(st.integers(0, len(names) - 1))]


def _any_entry(draw: Any, header: dict[str, Any]) -> dict[str, Any]:
    """One whose own values are of the right types still; else one that belongs to nothing."""
    entry = header[_any_name(draw, header)]
    return entry if _is_whole(entry) else {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}


def _is_whole(entry: dict[str, Any]) -> bool:
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not (isinstance(shape, list) and isinstance(offsets, list) and isinstance(entry["dtype"], str)):
        return False
    return bool(shape and offsets) and entry["dtype"] in ITEM_BYTES and all(type(n) is int for n in shape + offsets)


def _dtype(draw: Any, header: dict[str, Any]) -> None:
    _any_entry(draw, header)["dtype"] = draw(st.sampled_from([*ITEM_BYTES, "F4", "", "bf16"]))


def _same_bytes(draw: Any, header: dict[str, Any]) -> None:
    """Another dtype of the same size, or another shape: all offsets stay right."""
    entry = _any_entry(draw, header)
    shape, dtype = entry["shape"], draw(st.sampled_from(list(ITEM_BYTES)))
    row_bytes = shape[-1] * ITEM_BYTES[entry["dtype"]]
    reshaped = [shape[::-1], [*shape, 1], [1, *shape], [shape[0], 1, *shape[1:]], [prod(shape)]]
    if draw(st.booleans()):
        entry["shape"] = draw(st.sampled_from(reshaped))
    else:
        entry["dtype"], entry["shape"] = dtype, [*shape[:-1], row_bytes // ITEM_BYTES[dtype]]


def _shape(draw: Any, header: dict[str, Any]) -> None:
    shape = _any_entry(draw, header)["shape"]
    place = draw(st.integers(0, len(shape)))
    shape[place : place + draw(st.integers(0, 1))] = [draw(NUMBERS)]


def _offsets(draw: Any, header: dict[str, Any]) -> None:
    offsets = _any_entry(draw, header)["data_offsets"]
    place = draw(st.integers(0, len(offsets) - 1))
    step = draw(st.sampled_from([-4096, -8, -1, 1, 8, 4096]))
    offsets[place] = draw(st.just(offsets[place] + step) | NUMBERS)


def _each_others_place(draw: Any, header: dict[str, Any]) -> None:
    one, other = _any_entry(draw, header), _any_entry(draw, header)
    one["data_offsets"], other["data_offsets"] = other["data_offsets"], one["data_offsets"]


def _each_others_shape(draw: Any, header: dict[str, Any]) -> None:
    one, other = _any_entry(draw, header), _any_entry(draw, header)
    for key in ("shape", "dtype"):
        one[key], other[key] = other[key], one[key]


def _renamed(draw: Any, header: dict[str, Any]) -> None:
    header[draw(NAMES)] = header.pop(_any_name(draw, header))


def _twice(draw: Any, header: dict[str, Any]) -> None:
    name = _any_name(draw, header)
    header[AGAIN + name] = dict(header[name])


def _gone(draw: Any, header: dict[str, Any]) -> None:
    header.pop(_any_name(draw, header))


def _empty_one(draw: Any, header: dict[str, Any]) -> None:
    """It takes no room, so that nothing else is wrong."""
    end = _any_entry(draw, header)["data_offsets"][-1]
    shape = draw(st.sampled_from([[0], [0, 2**30], [2**30, 0, 2**20]]))
    header[draw(NAMES)] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end]}


def _some_value(draw: Any, header: dict[str, Any]) -> None:
    header[_any_name(draw, header)][draw(st.sampled_from(["dtype", "shape", "data_offsets", "more"]))] = draw(VALUES)


LIES = [
    *(_dtype, _same_bytes, _same_bytes, _shape, _offsets, _each_others_place, _each_others_shape, _renamed),
    *(_twice, _gone, _empty_one, _some_value),
]
