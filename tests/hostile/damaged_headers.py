"""Weight files whose header lies: about types, shapes, places, names or its own length."""

import struct
from math import prod
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from app.core.checkpoint.dtypes import FLOAT_DTYPES, ITEM_BYTES
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
SOME_BITS = st.binary(min_size=4, max_size=4)
LARGEST = 1 << 22  # bytes of a tensor that is laid out anew; those of the sound folders have less


def damaged_shard(path: Path) -> st.SearchStrategy[bytes]:
    """The bytes of a weight file, with one lie or two."""
    return _misled(path) | _broken(path)


@st.composite
def _misled(draw, path: Path) -> bytes:
    """A sound file, of another model perhaps: what is wrong shows late, if anything is."""
    header, values = read_parts(path)
    metadata = header.pop("__metadata__", None)
    for _ in range(draw(st.integers(0, 2))):
        draw(st.sampled_from(HALF_TRUTHS))(draw, header)
    values = _laid_out_anew(header, values)
    if draw(st.booleans()):
        values = _other_bits(draw, values)
    more = {} if metadata is None else {"__metadata__": metadata}
    return _file(dumps(_in_another_order(draw, {**header, **more})), values)


@st.composite
def _broken(draw, path: Path) -> bytes:
    header, values = read_parts(path)
    metadata = header.pop("__metadata__", None)
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
        if header:
            draw(st.sampled_from(LIES))(draw, header)
    if draw(st.booleans()):
        values = _laid_out_anew(header, values)
    if metadata is not None:
        header["__metadata__"] = draw(VALUES) if draw(st.integers(0, 5)) == 0 else metadata
    raw = draw(damaged_json(header)) if draw(st.integers(0, 7)) == 0 else dumps(header)
    return _broken_file(draw, raw, values)


def _broken_file(draw: Any, raw: bytes, values: bytes) -> bytes:
    match draw(st.sampled_from(["as it is"] * 6 + ["bytes", "length", "cut", "longer", "bits"])):
        case "bytes":
            raw = draw(damaged_bytes(raw))
        case "length":
            length = draw(st.sampled_from([0, 1, len(raw) - 1, len(raw) + 1, len(raw) + 8, 2**31, 2**63, 2**64 - 1]))
            return struct.pack("<Q", length) + raw + values
        case "cut":
            values = values[: draw(st.integers(0, len(values)))]
        case "longer":
            values += draw(st.binary(min_size=1, max_size=9))
        case "bits":
            values = _other_bits(draw, values)
    return _file(raw, values)


def _file(raw: bytes, values: bytes) -> bytes:
    return struct.pack("<Q", len(raw)) + raw + values


def _other_bits(draw: Any, values: bytes) -> bytes:
    place = draw(st.integers(0, len(values) // 4)) * 4
    return values[:place] + draw(st.sampled_from(BITS) | SOME_BITS)[: len(values) - place] + values[place + 4 :]


def _laid_out_anew(header: dict[str, Any], values: bytes) -> bytes:
    """The values where a writer would put what the header says now: nothing is wrong with any place then.

    As they were where the header says something that no writer could.
    """
    entries = list(header.values())
    if not all(_is_whole(entry) and 0 <= _byte_count(entry) <= LARGEST for entry in entries):
        return values
    parts, end = [], 0
    for entry in entries:
        start, count = max(0, entry["data_offsets"][0]), _byte_count(entry)
        parts.append(values[start : start + count].ljust(count, b"\0"))
        entry["data_offsets"] = [end, end + count]
        end += count
    return b"".join(parts)


def _byte_count(entry: dict[str, Any]) -> int:
    return prod(entry["shape"]) * ITEM_BYTES[entry["dtype"]]


def _in_another_order(draw: Any, header: dict[str, Any]) -> dict[str, Any]:
    first = draw(st.integers(0, len(header)))
    return dict([*list(header.items())[first:], *list(header.items())[:first]])


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


def _number(draw: Any, header: dict[str, Any]) -> None:
    """As a number that is another one in these bits."""
    _any_entry(draw, header)["dtype"] = draw(st.sampled_from(FLOAT_DTYPES))


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


HALF_TRUTHS = [_number, _number, _same_bytes, _each_others_place, _each_others_place, _each_others_shape, _gone]
LIES = [
    *(_dtype, _same_bytes, _same_bytes, _shape, _offsets, _each_others_place, _each_others_shape, _renamed),
    *(_twice, _gone, _empty_one, _some_value),
]
