"""The bytes of one key in a GGUF file's header. Format: github.com/ggml-org/ggml, docs/gguf.md."""

from typing import Any

from gguf import GGUFValueType

from app.core.in_steps import in_steps

LENGTH = 8  # of a string, of an array, of a dimension, of an offset
KIND = 4  # of a value, of an array's items, of a tensor; also the number of dimensions
VALUE_BYTES = {
    GGUFValueType.UINT8: 1,
    GGUFValueType.INT8: 1,
    GGUFValueType.UINT16: 2,
    GGUFValueType.INT16: 2,
    GGUFValueType.UINT32: 4,
    GGUFValueType.INT32: 4,
    GGUFValueType.FLOAT32: 4,
    GGUFValueType.BOOL: 1,
    GGUFValueType.UINT64: 8,
    GGUFValueType.INT64: 8,
    GGUFValueType.FLOAT64: 8,
}


def entry_bytes(key: str, value: Any, kind: GGUFValueType, item_type: GGUFValueType | None) -> int:
    """Bytes of one key with its value; lists are tuples."""
    return LENGTH + len(key.encode()) + KIND + _value_bytes(value, kind, item_type)


def _value_bytes(value: Any, kind: GGUFValueType, item_type: GGUFValueType | None) -> int:
    if kind is GGUFValueType.STRING:
        return LENGTH + len(value.encode())
    if kind is not GGUFValueType.ARRAY:
        return VALUE_BYTES[kind]
    header = KIND + LENGTH
    if item_type is GGUFValueType.STRING:
        return header + LENGTH * len(value) + sum(len("".join(some).encode()) for some in in_steps(value))
    return header + VALUE_BYTES[item_type or GGUFValueType.UINT8] * len(value)
