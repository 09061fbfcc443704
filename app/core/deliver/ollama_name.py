"""Names of models in Ollama: ollama types/model/name.go, ParseName and isValidPart."""

import re

from app.core.deliver.model_file import ModelFile
from app.core.errors import DeliveryError
from app.core.text import text

LONGEST_PART = 80
NAME = re.compile(
    r"(?:(?:[A-Za-z0-9_][\w.:-]{0,349}/)?[A-Za-z0-9_][\w-]{0,79}/)?"  # host, namespace
    r"[A-Za-z0-9_][\w.-]{0,79}(?::[A-Za-z0-9_][\w.-]{0,79})?",  # model, tag
    re.ASCII,
)
DEFAULT_TAG = "latest"


def usual_name(file: ModelFile) -> str:
    """my-model-Q4_K_M.gguf → my-model:q4_k_m."""
    name = re.sub(r"[^a-z0-9_.-]+", "-", file.name.lower()).lstrip("-.")[:LONGEST_PART].rstrip("-.")
    return f"{name or 'model'}:{file.type_name.lower() or DEFAULT_TAG}"


def checked_name(name: str) -> str:
    """A name that Ollama takes. Raises DeliveryError."""
    if NAME.fullmatch(name):
        return name
    raise DeliveryError(
        text("{name!r:.80} cannot be the name of a model in Ollama.", name=name),
        text("Use letters, digits, dots, dashes and underscores, with a tag after a colon, such as my-model:q4_k_m."),
    )
