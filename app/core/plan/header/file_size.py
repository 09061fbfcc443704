"""The exact size of a GGUF file before it is written. Format: github.com/ggml-org/ggml, docs/gguf.md."""

from collections.abc import Iterable

from gguf import GGUF_DEFAULT_ALIGNMENT, GGUFValueType

from app.core.plan.conversion_plan import MetadataEntry, PlannedTensor

MAGIC_VERSION_COUNTS = 4 + 4 + 8 + 8
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


def file_byte_count(metadata: Iterable[MetadataEntry], tensors: Iterable[PlannedTensor]) -> int:
    """Header and padded data; every tensor begins at a multiple of 32 bytes, and the last one is padded too."""
    header = MAGIC_VERSION_COUNTS + sum(map(_entry_bytes, metadata))
    data = 0
    for tensor in tensors:
        header += LENGTH + len(tensor.name.encode()) + KIND + LENGTH * len(tensor.shape) + KIND + LENGTH
        data += _padded(tensor.byte_count)
    return _padded(header) + data if data else header


def _padded(byte_count: int) -> int:
    return -(-byte_count // GGUF_DEFAULT_ALIGNMENT) * GGUF_DEFAULT_ALIGNMENT


def _entry_bytes(entry: MetadataEntry) -> int:
    return LENGTH + len(entry.key.encode()) + KIND + _value_bytes(entry)


def _value_bytes(entry: MetadataEntry) -> int:
    if entry.type is GGUFValueType.STRING:
        return LENGTH + len(entry.value.encode())
    if entry.type is not GGUFValueType.ARRAY:
        return VALUE_BYTES[entry.type]
    header = KIND + LENGTH
    if entry.item_type is GGUFValueType.STRING:
        return header + LENGTH * len(entry.value) + len("".join(entry.value).encode())
    return header + VALUE_BYTES[entry.item_type or GGUFValueType.UINT8] * len(entry.value)
