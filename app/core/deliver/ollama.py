"""A model into Ollama, over its REST interface on this machine.

What it answers is read from its source: server/routes.go and server/create.go of fb3076099.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.convert import sha256_of
from app.core.deliver.listening_place import Place, place_from_environment
from app.core.deliver.loopback import Complaint, ask_json, lost, stream_json
from app.core.deliver.model_file import ModelFile
from app.core.deliver.ollama_name import checked_name, usual_name
from app.core.deliver.upload import add_blob
from app.core.errors import Cancelled, DeliveryError, TakenNameError
from app.core.human_text import bytes_in_words
from app.core.progress import IsCancelled, OnProgress, Progress, Stage, Unit, ignore_progress, never_cancelled
from app.core.text import text

PROGRAM = "Ollama"
PORT = 11434
FIRST_VERSION = (0, 30)  # the first that runs GGUF files with llama-server alone (9db4bdbad)
UNRELEASED = (0, 0)  # built from source without a number
NOT_FOUND, BAD_REQUEST = 404, 400
# create.go, rewriteLayerWithLlamaQuantize: what was received, what llama-quantize makes of it, and NewLayer's copy
COPIES = 3
FULL = ("no space left on device", "disk quota exceeded", "not enough space on the disk")  # as Go says ENOSPC, EDQUOT


@dataclass(frozen=True)
class InOllama:
    """A model that Ollama has, by the name it is run by. `copied`: bytes that were copied, 0 where Ollama had them."""

    place: Place
    name: str
    copied: int


def ollama_place() -> Place:
    """Where OLLAMA_HOST says, or where Ollama listens by itself. Raises DeliveryError for another machine."""
    return place_from_environment(PROGRAM, "OLLAMA_HOST", PORT)


def deliver_to_ollama(
    file: ModelFile,
    name: str = "",
    system: str = "",
    overwrite: bool = False,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> InOllama:
    """Copy a model into Ollama under `name`, and see that it is there.

    Without digests the file is read once more. Raises DeliveryError, TargetError for a file that cannot be read,
    Cancelled.
    """
    place, wanted = ollama_place(), checked_name(name or usual_name(file))
    check_version(place, is_cancelled)
    try:
        _refuse_taken(place, wanted, overwrite, is_cancelled)
        known = list(file.digests) or [sha256_of(path, on_progress, is_cancelled) for path in file.paths]
        copied = sum(
            add_blob(place, path, digest, on_progress, is_cancelled)
            for path, digest in zip(file.paths, known, strict=True)
        )
        _refuse_taken(place, wanted, overwrite, is_cancelled)  # that took a while
        _create(place, _request(file, wanted, known, system), on_progress, is_cancelled)
        _check_arrival(place, wanted, file, is_cancelled)
    except Complaint as complaint:
        raise _refusal(complaint, file) from complaint
    return InOllama(place, wanted, copied)


def check_ollama(name: str, overwrite: bool = False, is_cancelled: IsCancelled = never_cancelled) -> None:
    """Refuse what cannot work before a file for it is made. Raises DeliveryError, Cancelled."""
    place = ollama_place()
    check_version(place, is_cancelled)
    try:
        _refuse_taken(place, checked_name(name), overwrite, is_cancelled)
    except Complaint as complaint:
        raise _refused(complaint) from complaint


def check_version(place: Place, is_cancelled: IsCancelled = never_cancelled) -> None:
    """Raises DeliveryError where Ollama is not running or too old, or something else answers."""
    try:
        version = ask_json(place, "/api/version", is_cancelled=is_cancelled).get("version")
    except Complaint:
        version = None
    if not isinstance(version, str):
        raise DeliveryError(
            text("What answers at {place} is not {program}.", place=place, program=PROGRAM),
            text("See which program uses this port."),
        )
    match = re.match(r"(\d+)\.(\d+)", version)
    found = (int(match[1]), int(match[2])) if match else UNRELEASED
    if UNRELEASED < found < FIRST_VERSION:
        raise DeliveryError(
            text("Ollama {version} is too old: it runs GGUF files with an engine of its own.", version=version),
            text("Update Ollama to 0.30 or later."),
        )


def _shown(place: Place, name: str, is_cancelled: IsCancelled) -> dict[str, Any] | None:
    """What Ollama knows of a model; None where it has none of this name."""
    try:
        return ask_json(place, "/api/show", {"model": name}, is_cancelled)
    except Complaint as complaint:
        if complaint.status == NOT_FOUND:
            return None
        raise


def _refuse_taken(place: Place, name: str, overwrite: bool, is_cancelled: IsCancelled) -> None:
    if not overwrite and _shown(place, name, is_cancelled) is not None:
        raise TakenNameError(
            text("Ollama already has a model named {name}.", name=name),
            text("Choose another name, or allow it to be replaced."),
        )


def _request(file: ModelFile, name: str, digests: Sequence[str], system: str) -> dict[str, Any]:
    """Without a template: Ollama uses the file's own. Parts keep their names, by which they are put together."""
    names = [path.name.encode("utf-8", "replace").decode() for path in file.paths]
    request: dict[str, Any] = {
        "model": name,
        "files": {one: f"sha256:{digest}" for one, digest in zip(names, digests, strict=True)},
    }
    if file.stops:
        request["parameters"] = {"stop": list(file.stops)}
    if system:
        request["system"] = system
    if file.license:
        request["license"] = file.license
    return request


def _create(place: Place, request: dict[str, Any], on_progress: OnProgress, is_cancelled: IsCancelled) -> None:
    """Raises Complaint; LostError also where the answer ends early."""
    status = ""
    for answer in stream_json(place, "/api/create", request, is_cancelled):
        status = str(answer.get("status", ""))
        on_progress(_progress(answer, status))
    if status != "success":
        raise Cancelled if is_cancelled() else lost(place)


def _progress(answer: dict[str, Any], status: str) -> Progress:
    """Bytes where Ollama counts them, else the one step that there is."""
    total, done = answer.get("total"), answer.get("completed", 0)
    if isinstance(total, int) and isinstance(done, int) and total > 0:
        return Progress(Stage.CREATE, min(done, total), total, status, 0.0)
    return Progress(Stage.CREATE, int(status == "success"), 1, status, 0.0, unit=Unit.STEPS)


def _check_arrival(place: Place, name: str, file: ModelFile, is_cancelled: IsCancelled) -> None:
    shown = _shown(place, name, is_cancelled)
    info = shown.get("model_info") if shown else None
    found = info.get("general.architecture") if isinstance(info, dict) else None
    if found != file.architecture:
        raise DeliveryError(
            text("Ollama does not show {name} as it was given.", name=name),
            text("Remove it with ollama rm, and try again."),
        )


def _refusal(complaint: Complaint, file: ModelFile) -> DeliveryError:
    if any(words in complaint.said for words in FULL):
        return DeliveryError(
            text(
                "The disk of Ollama's models is full: while a model arrives there, Ollama needs up to {size}.",
                size=bytes_in_words(COPIES * file.byte_count),
            ),
            text("Free some space and try again."),
        )
    if "digest mismatch" in complaint.said:
        return DeliveryError(
            text("{file} changed after it was hashed: Ollama received other bytes.", file=file.first.name),
            text("Make sure that nothing is writing to the file, and try again."),
        )
    return _refused(complaint)


def _refused(complaint: Complaint) -> DeliveryError:
    return DeliveryError(
        text("Ollama refused the model: {reason}.", reason=complaint.said.rstrip(".")),
        text("Ollama's log says more; updating Ollama may help."),
    )
