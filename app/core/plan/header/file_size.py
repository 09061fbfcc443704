"""The exact size of a GGUF file before it is written. Format: github.com/ggml-org/ggml, docs/gguf.md."""

from collections.abc import Iterable

from gguf import GGUF_DEFAULT_ALIGNMENT

from app.core.plan.conversion_plan import WrittenTensor
from app.core.plan.header.entry_size import KIND, LENGTH
from app.core.plan.header.metadata_entry import MetadataEntry

MAGIC_VERSION_COUNTS = 4 + 4 + 8 + 8


def file_byte_count(metadata: Iterable[MetadataEntry], tensors: Iterable[WrittenTensor]) -> int:
    """Header and padded data; every tensor begins at a multiple of 32 bytes, and the last one is padded too."""
    header = MAGIC_VERSION_COUNTS + sum(entry.byte_count for entry in metadata)
    data = 0
    for tensor in tensors:
        header += LENGTH + len(tensor.name.encode()) + KIND + LENGTH * len(tensor.shape) + KIND + LENGTH
        data += padded(tensor.byte_count)
    return padded(header) + data if data else header


def padded(byte_count: int) -> int:
    """Bytes with the zeros that follow them."""
    return -(-byte_count // GGUF_DEFAULT_ALIGNMENT) * GGUF_DEFAULT_ALIGNMENT
