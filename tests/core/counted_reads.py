"""How much is read of weight files, read by read."""

from app.core.weights import byte_ranges


def counted_reads(monkeypatch):
    """A list that gets the bytes of every read from now on."""
    read_at, reads = byte_ranges._read_at, list[int]()

    def count(*where):
        reads.append(read_at(*where))
        return reads[-1]

    monkeypatch.setattr(byte_ranges, "_read_at", count)
    return reads
