"""One short question to a model where it has arrived: does it live there? Only this machine is asked."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.deliver.listening_place import Place, place_of
from app.core.deliver.loopback import LOAD_PATIENCE, Complaint, NotRunningError, ask_json
from app.core.errors import DeliveryError
from app.core.progress import IsCancelled, never_cancelled
from app.core.text import text

QUESTION = "In one short sentence: what is the capital of France?"
MOST_TOKENS = 80
LM_STUDIO, LM_STUDIO_PORT = "LM Studio's server", 1234  # which a person starts apart from the program
LLAMA_SERVER, LLAMA_SERVER_PORT = "llama-server", 8080
LLAMA_APP, LLAMA_APP_PORT = "Llama", 9931


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds; loading is part of them."""

    question: str
    text: str
    seconds: float


def ask_ollama(
    place: Place, model: str, question: str = QUESTION, is_cancelled: IsCancelled = never_cancelled
) -> Answer:
    """Raises DeliveryError where it does not answer, Cancelled."""
    body = {
        **_conversation(model, question),
        "think": False,
        "options": {"num_predict": MOST_TOKENS, "temperature": 0},
    }
    return _asked(place, "/api/chat", body, is_cancelled)


def ask_openai(
    place: Place, model: str, question: str = QUESTION, is_cancelled: IsCancelled = never_cancelled
) -> Answer:
    """A server that speaks as OpenAI's: LM Studio's, llama-server. Raises DeliveryError, Cancelled."""
    body = {**_conversation(model, question), "max_tokens": MOST_TOKENS, "temperature": 0}
    return _asked(place, "/v1/chat/completions", body, is_cancelled)


def ask_llama_server(
    path: Path,
    place: Place | None = None,
    question: str = QUESTION,
    is_cancelled: IsCancelled = never_cancelled,
) -> Answer:
    """A llama-server that was started with this very file. Raises DeliveryError, Cancelled."""
    at = place or place_of(LLAMA_SERVER, "127.0.0.1", LLAMA_SERVER_PORT)
    served = told(at, "/props", is_cancelled).get("model_path")
    if not isinstance(served, str) or os.path.realpath(served) != os.path.realpath(path):
        raise DeliveryError(
            text("{program} at {place} runs another model.", program=at.program, place=at),
            text("Stop it, and start it with {file}.", file=path.name),
        )
    return ask_openai(at, path.name, question, is_cancelled)


def ask_llama_app(
    section: str, place: Place | None = None, question: str = QUESTION, is_cancelled: IsCancelled = never_cancelled
) -> Answer:
    """Llama.app, by the name in its settings. Raises DeliveryError, also until it has read them anew; Cancelled."""
    at = place or place_of(LLAMA_APP, "127.0.0.1", LLAMA_APP_PORT)
    listed = told(at, "/v1/models", is_cancelled).get("data")
    names = [str(one.get("id")) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    # llama.cpp common/preset.cpp, load_from_ini, writes tags in capitals
    found = next((name for name in names if name.casefold() == section.casefold()), None)
    if found is None:
        raise DeliveryError(
            text("Llama does not know {name} yet: it reads its settings when it starts.", name=section),
            text("Quit Llama, open it again, and ask once more."),
        )
    return ask_openai(at, found, question, is_cancelled)


def ask_llama(
    section: str, path: Path, question: str = QUESTION, is_cancelled: IsCancelled = never_cancelled
) -> Answer:
    """Llama.app, or where that does not run, a llama-server with the file. Raises DeliveryError, Cancelled."""
    try:
        return ask_llama_app(section, None, question, is_cancelled)
    except NotRunningError as error:
        try:
            return ask_llama_server(path, None, question, is_cancelled)
        except NotRunningError:
            raise error from None


def told(place: Place, path: str, is_cancelled: IsCancelled) -> dict[str, Any]:
    """What a program says of itself. Raises DeliveryError, Cancelled."""
    try:
        return ask_json(place, path, is_cancelled=is_cancelled)
    except Complaint as complaint:
        raise _no_answer(place, complaint.said) from complaint


def _conversation(model: str, question: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": question}], "stream": False}


def _asked(place: Place, path: str, body: dict[str, Any], is_cancelled: IsCancelled) -> Answer:
    began = time.monotonic()
    try:
        said = _content(ask_json(place, path, body, is_cancelled, LOAD_PATIENCE))
    except Complaint as complaint:
        raise _no_answer(place, complaint.said) from complaint
    if not said:
        raise _no_answer(place, text("its answer is empty"))
    return Answer(body["messages"][0]["content"], said, time.monotonic() - began)


def _content(answer: dict[str, Any]) -> str:
    """In Ollama's form or OpenAI's; of a model that is still thinking, its thoughts: it lives."""
    choices = answer.get("choices")
    holder = choices[0] if isinstance(choices, list) and choices else answer
    message = holder.get("message") if isinstance(holder, dict) else None
    if not isinstance(message, dict):
        return ""
    found = (message.get(key) for key in ("content", "thinking", "reasoning_content", "reasoning"))
    return next((one.strip() for one in found if isinstance(one, str) and one.strip()), "")


def _no_answer(place: Place, reason: str) -> DeliveryError:
    return DeliveryError(
        text("The model does not answer in {program}: {reason}.", program=place.program, reason=reason.rstrip(".")),
        text("The file is in place; the log of {program} says more.", program=place.program),
    )
