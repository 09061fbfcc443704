"""What a conversion leaves behind, as plain data."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StageSeconds:
    """Seconds spent in each stage, summed over all threads. The largest share is the bottleneck."""

    read: float
    compute: float  # waiting for MLX
    encode: float  # blocks, and the search for NaN and infinity
    write: float


@dataclass(frozen=True)
class WrittenFile:
    """The finished file."""

    path: Path
    byte_count: int
    seconds: float
    stages: StageSeconds
