"""The JSON of a safetensors header, decoded into what it may hold and nothing else, one tensor at a time.

A header may be a hundred megabytes of anything: what is no sound entry is refused before it becomes objects.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, parse_object
from app.core.text import text

METADATA = "__metadata__"
ENTRY_KEYS = ("dtype", "shape", "data_offsets")
LONGEST_NAME = 1000  # characters; GGUF has room for 63 (ggml/include/ggml.h, GGML_MAX_NAME)
LONGEST_ENTRY = 4096  # bytes; one takes about a hundred
LONGEST_METADATA = 4 * MEBIBYTE
TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class HeaderError(Exception):
    """The file is no sound safetensors file; the text says why, in words that continue 'The file cannot be used: …'."""


class Entry(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a header says of one tensor."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class HeaderJson:
    """`tensor_count` and `metadata`; the tensors themselves are decoded when they are asked for."""

    def __init__(self, data: bytes) -> None:
        """Raises HeaderError."""
        self._data, self._raws = data, _raws(data)
        metadata = self._raws.pop(METADATA, None)
        self.metadata = _metadata(metadata)
        self.tensor_count = len(self._raws)
        self._pairs = self.tensor_count * (1 + len(ENTRY_KEYS)) + (metadata is not None) + len(self.metadata)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Each tensor by name, the last one first; what was handed out is let go. Raises HeaderError."""
        while self._raws:
            name, raw = self._raws.popitem()
            yield name, _entry(name, raw)

    def check_unique(self) -> None:
        """Raises HeaderError where a name was given twice, anywhere; only after all entries were found to be sound.

        Every name is followed by a colon. What a later one replaced would be one too many.
        """
        if self._data.count(b":") != self._pairs and TEXT.sub(b"", self._data).count(b":") != self._pairs:
            raise HeaderError(text("its header names a tensor twice"))


_HEADER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRY = msgspec.json.Decoder(Entry)
_TEXTS = msgspec.json.Decoder(dict[str, str] | None)


def _raws(data: bytes) -> dict[str, msgspec.Raw]:
    try:
        found = _HEADER.decode(data)
    except msgspec.ValidationError:
        raise HeaderError(text("its header is not a JSON object")) from None
    except RecursionError:
        raise HeaderError(text("its header is nested too deeply")) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HeaderError(text("its header is not valid JSON ({details})", details=str(error))) from None
    longest = max(map(len, found), default=0)
    if longest > LONGEST_NAME:
        raise HeaderError(text("it has a tensor name of {count:,} characters", count=longest))
    return found


def _metadata(raw: msgspec.Raw | None) -> dict[str, str]:
    if raw is None:
        return {}
    if memoryview(raw).nbytes > LONGEST_METADATA:
        raise HeaderError(text("it has more than {limit} MB of metadata", limit=LONGEST_METADATA // MEBIBYTE))
    try:
        return _TEXTS.decode(raw) or {}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise HeaderError(text("its metadata is not an object of strings")) from None


def _entry(name: str, raw: msgspec.Raw) -> Entry:
    if memoryview(raw).nbytes > LONGEST_ENTRY:
        raise _not_understood(name)
    try:
        return _ENTRY.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _explained(name, bytes(raw))


def _explained(name: str, raw: bytes) -> Entry:
    """What is wrong with an entry, in words; msgspec would not name the tensor."""
    try:
        value = parse_object(raw)
    except UnreadableJsonError:
        raise _not_understood(name) from None
    if set(value) != set(ENTRY_KEYS):
        raise _not_understood(name)
    dtype, shape, offsets = (value[key] for key in ENTRY_KEYS)
    if not isinstance(dtype, str):
        raise unknown_dtype(name, dtype)
    if not _are_integers(shape):
        raise impossible_shape(name, shape)
    if not _are_integers(offsets) or len(offsets) != 2:
        raise impossible_offsets(name, offsets)
    return Entry(dtype, tuple(shape), (offsets[0], offsets[1]))


def _are_integers(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int for n in value)


def _not_understood(name: str) -> HeaderError:
    return HeaderError(text("its entry for tensor {tensor!r} cannot be understood", tensor=name))


def unknown_dtype(name: str, dtype: object) -> HeaderError:
    """For a dtype that safetensors does not have."""
    return HeaderError(text("tensor {tensor!r} has the unknown dtype {dtype!r}", tensor=name, dtype=dtype))


def impossible_shape(name: str, shape: object) -> HeaderError:
    """For what no tensor's shape can be."""
    return HeaderError(text("it gives tensor {tensor!r} the impossible shape {shape!r}", tensor=name, shape=shape))


def impossible_offsets(name: str, offsets: object) -> HeaderError:
    """For what is no place in a file."""
    return HeaderError(text("it gives tensor {tensor!r} impossible offsets {offsets!r}", tensor=name, offsets=offsets))
