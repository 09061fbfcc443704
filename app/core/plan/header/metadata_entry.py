"""One key of a header with its value."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gguf import GGUFValueType

from app.core.plan.header.entry_size import entry_bytes


@dataclass(frozen=True)
class MetadataEntry:
    """One key of the file's header; arrays are tuples."""

    key: str
    value: Any = field(repr=False)
    type: GGUFValueType
    item_type: GGUFValueType | None = None

    @cached_property
    def byte_count(self) -> int:
        """Bytes in the header; a vocabulary's takes a while to count."""
        return entry_bytes(self.key, self.value, self.type, self.item_type)
