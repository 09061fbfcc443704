"""A question to a file in LM Studio, while its local server runs; there a model has a key of LM Studio's own making.

What is listed: https://lmstudio.ai/docs/developer/rest/list (GET /api/v1/models).
"""

import re
from typing import Any

from app.core.deliver.answer import LM_STUDIO, LM_STUDIO_PORT, QUESTION, Answer, ask_openai, told
from app.core.deliver.listening_place import Place, place_of
from app.core.errors import DeliveryError
from app.core.progress import IsCancelled, never_cancelled
from app.core.text import text


def ask_lm_studio(
    publisher: str,
    model: str,
    byte_count: int,
    question: str = QUESTION,
    is_cancelled: IsCancelled = never_cancelled,
    place: Place | None = None,
) -> Answer:
    """Ask the model in PUBLISHER/MODEL; of several files in that folder the one of so many bytes.

    Raises DeliveryError where LM Studio's server is not running, or does not list it; Cancelled.
    """
    at = place or place_of(LM_STUDIO, "127.0.0.1", LM_STUDIO_PORT)
    key = _key(told(at, "/api/v1/models", is_cancelled).get("models"), publisher, model, byte_count)
    if key is None:
        raise DeliveryError(
            text("LM Studio does not list {publisher}/{model} yet.", publisher=publisher, model=model),
            text("Open My Models in LM Studio, where it looks for new files, and ask once more."),
        )
    return ask_openai(at, key, question, is_cancelled)


def _key(listed: Any, publisher: str, model: str, byte_count: int) -> str | None:
    """Of models by this publisher the one of this name; of several, or where none has it, the one of this size."""
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    theirs = [
        one
        for one in entries
        if isinstance(one.get("key"), str)
        and one.get("format") == "gguf"
        and str(one.get("publisher", "")).casefold() == publisher.casefold()
    ]
    named = [one for one in theirs if _plain(one["key"]) == _plain(model)]
    sized = [one for one in named or theirs if one.get("size_bytes") == byte_count]
    found = named if len(named) == 1 else sized
    return found[0]["key"] if len(found) == 1 else None


def _plain(name: str) -> str:
    """publisher/My-Model-GGUF@q4_k_m → mymodel: keys are written small, without some of the marks."""
    name = name.rpartition("/")[2].partition("@")[0].casefold().removesuffix("-gguf")
    return re.sub(r"[\W_]+", "", name)
