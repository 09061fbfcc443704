"""Hypothesis strategies that damage a sound file: bytes of it, or values of its JSON."""

import json
import math
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

# Stand for text that json.dumps never writes; `dumps` puts it in their place.
RAW = {
    "\ue001": "[" * 100_000 + "]" * 100_000,
    "\ue002": '{"a":' * 50_000 + "0" + "}" * 50_000,
    "\ue003": "1" + "0" * 5000,
    "\ue004": "1e999",
    "\ue005": "-0",
    "\ue006": '"\\ud800"',
    "\ue007": '"\\u0000\\u001b[2J"',
}
AGAIN = "\ue000"  # before a key: the key a second time

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 70)
    | st.sampled_from([2**31, 2**32, 2**63, 2**64, 10**400])
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(list(RAW))
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))

# In the place of a setting: what other settings hold, and numbers on either side of a limit
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 1, 2, 3, 7, 511, 512, 1023, 1024, 1 << 31, 1 << 32, 10**12, 10**40, 10**400, -(10**30)])
    | st.sampled_from([0.0, -0.5, 1.5, 1e-320, 1e38, 1e39, 1e308, math.nan, math.inf, -math.inf])
    | st.sampled_from(["", "128", "yarn", "silu", "llama3", "default", "full_attention", "mamba", "M*", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["rope_type", "factor", "rope_theta", "0", "full_attention"]), inner)
    ),
    max_leaves=6,
)


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
    """One or two values anywhere replaced by others, added, taken out, or given a second time."""
    value = deepcopy(original)
    for _ in range(draw(st.integers(1, 2))):
        if isinstance(value, dict | list):
            _damage(draw, _holder(draw, value))
    return dumps(value)


def dumps(value: Any) -> bytes:
    """JSON, with what stands for raw text and for a second key turned into it."""
    text = json.dumps(value).replace(f'"\\u{ord(AGAIN):04x}', '"')
    for stand_in, raw in RAW.items():
        text = text.replace(f'"\\u{ord(stand_in):04x}"', raw)
    return text.encode()


def _holder(draw: Any, value: Any) -> Any:
    """A list or an object in a JSON value. Those near the root come as often as the many far from it."""
    while draw(st.integers(0, 3)):
        inner = [one for one in (value.values() if isinstance(value, dict) else value) if isinstance(one, dict | list)]
        if not inner:
            break
        value = inner[draw(st.integers(0, len(inner) - 1))]
    return value


def _damage(draw: Any, holder: Any) -> None:
    if isinstance(holder, list):
        place = draw(st.integers(0, len(holder)))
        holder[place : place + 1] = draw(st.lists(VALUES, max_size=2))
        return
    keys = list(holder)
    key = keys[draw(st.integers(0, len(keys) - 1))] if keys and draw(st.integers(0, 3)) else draw(st.text(max_size=3))
    match draw(st.integers(0, 4)):
        case 0:
            holder.pop(key, None)
        case 1:
            holder[AGAIN + key] = draw(VALUES)
        case _:
            holder[key] = draw(VALUES)
