"""Byte ranges out of weight files into buffers that are used again.

`mx.load` and slices of `safe_open` read whole tensors; memory is only bounded when ranges are read by offset.
"""

import os
from collections.abc import Iterable
from types import TracebackType

import numpy as np

from app.core.arrays import Bytes
from app.core.checkpoint import WeightFile
from app.core.checkpoint.folder import open_regular
from app.core.errors import AppError, ConversionError
from app.core.system_reasons import system_reason
from app.core.text import text

Ranges = tuple[tuple[int, int], ...]  # offset in the file, length

NOWHERE = -1  # an offset at which there are zeros: they decode to 0 in every dtype and packing
ANOTHER_READ = 1 << 15  # bytes that are read in the time that one more read takes
IN_VAIN = 1 << 20  # more than this is read for nothing only if as much is needed
OPEN_AGAIN = text("Open the folder again, then convert.")


class WeightReader:
    """Open weight files; any thread may read. Refuses files that are not those that were looked at."""

    def __init__(self, files: Iterable[WeightFile]) -> None:
        """Raises ConversionError."""
        self._files = tuple(files)
        self._streams = {}
        try:
            for file in self._files:
                self._streams[file.path] = open_regular(file.path)
                self._check(file)
        except OSError as error:
            self.close()
            raise _unreadable(file, error) from error
        except AppError:
            self.close()
            raise

    def check_unchanged(self) -> None:
        """What was read is what was looked at, to the end. Raises ConversionError."""
        for file in self._files:
            self._check(file)

    def _check(self, file: WeightFile) -> None:
        status = os.fstat(self._streams[file.path].fileno())
        if (status.st_size, status.st_mtime_ns) != (file.byte_count, file.modified_ns):
            raise ConversionError(
                text("{file} has changed since the folder was opened.", file=file.path.name), OPEN_AGAIN
            )

    def read(self, file: WeightFile, offset: int, buffer: Bytes) -> Bytes:
        """Fill `buffer` from byte `offset` on and return it. Raises ConversionError."""
        view = buffer.data
        descriptor = self._streams[file.path].fileno()
        try:
            while view:
                count = _read_at(descriptor, view, offset)
                if count == 0:
                    raise ConversionError(
                        text("{file} has become shorter since the folder was opened.", file=file.path.name), OPEN_AGAIN
                    )
                view, offset = view[count:], offset + count
        except OSError as error:
            raise _unreadable(file, error) from error
        return buffer

    def read_ranges(self, file: WeightFile, ranges: Ranges, buffer: Bytes) -> Bytes:
        """Fill `buffer` from several (offset, length) in bytes, one after the other; NOWHERE reads as zeros.

        In one read where they lie close together. Raises ConversionError.
        """
        if any(offset == NOWHERE for offset, _ in ranges):
            buffer[:] = 0  # zeros have chunks of their own
            return buffer
        first = min(offset for offset, _ in ranges)
        span = max(offset + length for offset, length in ranges) - first
        whole = None
        near = min(len(ranges) * ANOTHER_READ, IN_VAIN)
        if len(ranges) > 1 and span - buffer.size <= max(buffer.size, near):
            whole = self.read(file, first, np.empty(span, np.uint8))
        used = 0
        for offset, length in ranges:
            part = buffer[used : used + length]
            if whole is None:
                self.read(file, offset, part)
            else:
                part[:] = whole[offset - first : offset - first + length]
            used += length
        return buffer

    def close(self) -> None:
        """Close all files."""
        for stream in self._streams.values():
            stream.close()

    def __enter__(self) -> "WeightReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _read_at(descriptor: int, view: memoryview, offset: int) -> int:
    """Read without moving the file's position, so that threads do not disturb each other."""
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [view], offset)
    data = os.pread(descriptor, len(view), offset)  # one copy more, for systems without preadv
    view[: len(data)] = data
    return len(data)


def _unreadable(file: WeightFile, error: OSError) -> ConversionError:
    return ConversionError(
        text("{file} cannot be read: {reason}.", file=file.path.name, reason=system_reason(error)),
        text("Check that the folder is still there and readable."),
    )
