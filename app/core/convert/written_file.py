"""What a conversion leaves behind, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.encode.kept import Kept


@dataclass(frozen=True)
class StageSeconds:
    """Seconds spent in each stage, summed over all threads. The largest share is the bottleneck."""

    read: float
    compute: float  # waiting for MLX
    encode: float  # blocks, and the search for NaN and infinity
    write: float


@dataclass(frozen=True)
class WrittenFile:
    """A finished model: a file, or the first of its parts. Seconds are those of all files that were written together.

    `errors`, by name of the tensor: root mean square of the difference from MLX's values, relative to theirs. Casts of
    values that were not quantized are not measured. `kept`, by name, is how much of an adapter's change arrived.
    `further` are the other parts in their order, `byte_count` is that of all.
    """

    path: Path
    byte_count: int
    seconds: float
    stages: StageSeconds
    errors: Mapping[str, float] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    further: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All its files."""
        return (self.path, *self.further)
