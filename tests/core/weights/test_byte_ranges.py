"""Byte ranges: what lies close together comes in one read, what does not is not read in vain."""

import numpy as np
import pytest

from app.core.checkpoint import WeightFile
from app.core.weights.byte_ranges import ANOTHER_READ, IN_VAIN, NOWHERE, WeightReader
from tests.core.counted_reads import counted_reads

SIZE = 8 * IN_VAIN
CONTENT = np.random.default_rng(0).integers(0, 256, SIZE, np.uint8)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "values"
    path.write_bytes(CONTENT.tobytes())
    status = path.stat()
    return WeightFile(path, status.st_size, status.st_mtime_ns, 1)


def read(file, ranges, monkeypatch):
    """What comes, and how many bytes each read had."""
    sizes = counted_reads(monkeypatch)
    with WeightReader([file]) as reader:
        buffer = np.empty(sum(length for _, length in ranges), np.uint8)
        return reader.read_ranges(file, tuple(ranges), buffer), sizes


def rows(count, length, apart):
    return [(number * apart, length) for number in range(count)]


@pytest.mark.parametrize(
    ("ranges", "reads"),
    [
        (rows(16, 100, 1 << 14), 1),  # some rows of an adapter's factor, which is stored by columns
        (rows(16, 100, 2 * ANOTHER_READ), 16),
        (rows(256, 100, ANOTHER_READ), 256),  # a read less is not worth any amount of memory
        (rows(2, 2 * IN_VAIN, 3 * IN_VAIN), 1),
        (list(reversed(rows(16, 100, 1 << 14))), 1),
        ([(5, 100)], 1),
    ],
)
def test_close_ranges_are_read_at_once(file, ranges, reads, monkeypatch):
    found, sizes = read(file, ranges, monkeypatch)
    assert np.array_equal(found, np.concatenate([CONTENT[first : first + length] for first, length in ranges]))
    assert len(sizes) == reads
    assert sum(sizes) - found.size <= max(IN_VAIN, found.size)


def test_nowhere_reads_as_zeros(file, monkeypatch):
    found, sizes = read(file, [(NOWHERE, 100)], monkeypatch)
    assert not found.any()
    assert not sizes
