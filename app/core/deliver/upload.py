"""A file into Ollama's store of blobs, where each has its digest as its name."""

from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from app.core.checkpoint.folder import open_regular
from app.core.deliver.listening_place import Place
from app.core.deliver.loopback import LOAD_PATIENCE, Complaint, connected, refuse_failure
from app.core.errors import DeliveryError
from app.core.progress import IsCancelled, Meter, OnProgress, Stage
from app.core.system_reasons import system_reason
from app.core.text import text

if TYPE_CHECKING:
    from http.client import HTTPConnection

PIECE = 1 << 20
LONGEST_ANSWER = 1 << 16


def add_blob(place: Place, path: Path, digest: str, on_progress: OnProgress, is_cancelled: IsCancelled) -> int:
    """Copy a file, unless it is there; `digest` is its SHA-256. How many bytes were copied.

    Raises DeliveryError, Complaint, Cancelled. Ollama removes what arrived in part (manifest/layer.go, NewLayer).
    """
    address = f"{place.path}/api/blobs/sha256:{digest}"
    if _is_there(place, address, is_cancelled):
        return 0
    try:
        with open_regular(path) as file:
            size = path.stat().st_size
            meter = Meter(Stage.UPLOAD, size, on_progress, is_cancelled)
            with connected(place, is_cancelled, LOAD_PATIENCE) as connection:
                _send(connection, address, _Source(file, path, size), meter)
    except _UnreadableError as error:
        raise _unreadable(path, error.reason) from error
    except OSError as error:
        raise _unreadable(path, system_reason(error)) from error
    return size


class _UnreadableError(Exception):
    """The file, not the connection; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _unreadable(path: Path, reason: str) -> DeliveryError:
    return DeliveryError(
        text("{file} cannot be read: {reason}.", file=path.name, reason=reason),
        text("Choose a GGUF file that is whole."),
    )


class _Source:
    """So many bytes of a file, piece by piece. Its errors are not those of the connection."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file, self.path, self.size, self._left = file, path, size, size

    def piece(self) -> bytes:
        """Empty at the end. Raises _UnreadableError."""
        try:
            found = self._file.read(min(PIECE, self._left))
        except OSError as error:
            raise _UnreadableError(system_reason(error)) from error
        if self._left and not found:
            raise _UnreadableError(text("it became shorter"))
        self._left -= len(found)
        return found


def _is_there(place: Place, address: str, is_cancelled: IsCancelled) -> bool:
    """Whether Ollama has it already, from an earlier try or another model."""
    with connected(place, is_cancelled) as connection:
        connection.request("HEAD", address)
        status = connection.getresponse().status
    if status == HTTPStatus.NOT_FOUND:
        return False
    if status != HTTPStatus.OK:
        raise Complaint(status, f"HEAD /api/blobs: {status}")
    return True


def _send(connection: "HTTPConnection", address: str, source: _Source, meter: Meter) -> None:
    from http.client import HTTPException

    connection.putrequest("POST", address)
    connection.putheader("Content-Length", str(source.size))
    connection.putheader("Content-Type", "application/octet-stream")
    connection.endheaders()
    while piece := source.piece():
        try:
            connection.send(piece)
        except OSError:
            # It has refused the rest, and may have said why before it closed
            with suppress(OSError, HTTPException):
                _receive(connection)
            raise
        meter.advance(len(piece), source.path.name)
    _receive(connection)


def _receive(connection: "HTTPConnection") -> None:
    response = connection.getresponse()
    refuse_failure(response.status, response.read(LONGEST_ANSWER))
