"""HTTP with a program on this machine, and with nothing else.

Only numbers of the loopback interface are connected to: no name is looked up, no proxy asked, no redirect followed.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from app.core.deliver.listening_place import Place, is_loopback
from app.core.errors import Cancelled, DeliveryError
from app.core.progress import IsCancelled, never_cancelled
from app.core.text import in_one_line, text

if TYPE_CHECKING:
    from http.client import HTTPConnection

CONNECT_SECONDS = 5.0
PATIENCE = 60.0  # seconds without a sign of life
LOAD_PATIENCE = 900.0  # while the other side reads, copies or loads a model
LONGEST_BODY = 1 << 26  # bytes of an answer; a model's card with its vocabulary has less than a tenth
KEPT = 300  # letters of a complaint
ASKED_SECONDS = 0.1  # between two looks at whether the user has cancelled


class NotRunningError(DeliveryError):
    """Nothing listens there."""


class LostError(DeliveryError):
    """The connection broke, or the other side said nothing for too long."""


class Complaint(Exception):  # noqa: N818 - what the other side says; callers make errors for people of it
    """An answer that is no success: its HTTP status, 0 in the middle of a stream, and what the program says."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(status, said)
        self.status, self.said = status, said


@contextmanager
def connected(
    place: Place, is_cancelled: IsCancelled = never_cancelled, patience: float = PATIENCE
) -> Iterator["HTTPConnection"]:
    """A connection, cut as soon as the user cancels. Raises NotRunningError, LostError, Cancelled."""
    from http.client import HTTPConnection, HTTPException  # with all of TLS, for which no window need wait

    if not is_loopback(place.host):
        raise ValueError(place.host)
    connection = HTTPConnection(place.host, place.port, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
    except OSError as error:
        raise NotRunningError(
            text("{program} is not running: nothing answers at {place}.", program=place.program, place=place),
            text("Start {program} and try again.", program=place.program),
        ) from error
    connection.sock.settimeout(patience)
    ended = threading.Event()
    watcher = threading.Thread(target=_cut_when_cancelled, args=(connection.sock, ended, is_cancelled), daemon=True)
    watcher.start()
    try:
        yield connection
    except (OSError, HTTPException) as error:
        if is_cancelled():
            raise Cancelled from error
        raise lost(place) from error
    finally:
        ended.set()
        watcher.join()
        connection.close()


def _cut_when_cancelled(open_socket: socket.socket, ended: threading.Event, is_cancelled: IsCancelled) -> None:
    """Whoever waits in a read or a write is woken by it."""
    while not ended.wait(ASKED_SECONDS):
        if is_cancelled():
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            return


def lost(place: Place) -> LostError:
    """The error for people."""
    return LostError(
        text("The connection to {program} was lost.", program=place.program),
        text("See whether {program} is still running, and try again.", program=place.program),
    )


def ask_json(
    place: Place,
    path: str,
    body: Any = None,
    is_cancelled: IsCancelled = never_cancelled,
    patience: float = PATIENCE,
) -> dict[str, Any]:
    """What is answered to a GET, or with a body to a POST. Raises DeliveryError, Complaint, Cancelled."""
    with connected(place, is_cancelled, patience) as connection:
        request_json(connection, place, path, body)
        response = connection.getresponse()
        content = response.read(LONGEST_BODY)
        refuse_failure(response.status, content)
        answer = parsed(content)
        if answer is None:
            raise _strange(place)
        return answer


def request_json(connection: "HTTPConnection", place: Place, path: str, body: Any) -> None:
    """Send it; the answer is still to be read."""
    if body is None:
        connection.request("GET", place.path + path)
    else:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", place.path + path, json.dumps(body).encode(), headers)


def stream_json(
    place: Place, path: str, body: Any, is_cancelled: IsCancelled = never_cancelled
) -> Iterator[dict[str, Any]]:
    """The lines of JSON that are answered, one by one. Raises DeliveryError, Complaint, Cancelled."""
    with connected(place, is_cancelled, LOAD_PATIENCE) as connection:
        request_json(connection, place, path, body)
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            refuse_failure(response.status, response.read(LONGEST_BODY))
        while line := response.readline(LONGEST_BODY):
            answer = parsed(line)
            if answer is None:
                raise _strange(place)
            if "error" in answer:
                raise Complaint(0, complaint_in(line))
            yield answer


def refuse_failure(status: int, content: bytes) -> None:
    """Raises Complaint for an HTTP status that is no success; a redirect is none either."""
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise Complaint(status, complaint_in(content))


def complaint_in(content: bytes) -> str:
    """What a program says of an error, in Ollama's or OpenAI's form, or in any other."""
    answer = parsed(content)
    if answer is None or "error" not in answer:
        return in_one_line(content.decode(errors="replace")[:KEPT])
    error = answer["error"]
    said = error.get("message", error) if isinstance(error, dict) else error
    return in_one_line(str(said)[:KEPT])


def parsed(content: bytes) -> dict[str, Any] | None:
    """A JSON object; None for anything else."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _strange(place: Place) -> DeliveryError:
    return DeliveryError(
        text("What answers at {place} is not {program}.", place=place, program=place.program),
        text("See which program uses this port."),
    )
