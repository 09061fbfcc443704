"""Hypothesis strategies that damage a sound file: bytes of it, or values of its JSON."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 70)
    | st.sampled_from([2**31, 2**32, 2**63, 2**64, 10**400])
    | st.floats()
    | st.text(max_size=5)
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))


@st.composite
def damaged_bytes(draw, original: bytes) -> bytes:
    """One to three bytes replaced, taken out or put in, or the end cut off."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        new = draw(st.binary(max_size=2) | st.sampled_from([b'"', b"{", b"]", b",", b"0", b"9", b"\\u"]))
        data[place : place + draw(st.integers(0, 2))] = new
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 9)) == 0 else data)


@st.composite
def damaged_json(draw, original: Any) -> bytes:
    """One or two values anywhere replaced by others, added, or taken out."""
    value = deepcopy(original)
    for _ in range(draw(st.integers(1, 2))):
        holders = list(_holders(value))
        if not holders:
            break
        _damage(draw, draw(st.sampled_from(holders)))
    return json.dumps(value).encode()


def _holders(value: Any) -> Iterator[Any]:
    """Every list and object in a JSON value."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


def _damage(draw: Any, holder: Any) -> None:
    if isinstance(holder, list):
        place = draw(st.integers(0, len(holder)))
        holder[place : place + 1] = draw(st.lists(VALUES, max_size=2))
        return
    key = draw(st.sampled_from([*holder]) if holder and draw(st.integers(0, 3)) else st.text(max_size=3))
    if draw(st.integers(0, 3)) == 0:
        holder.pop(key, None)
    else:
        holder[key] = draw(VALUES)
