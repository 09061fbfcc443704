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
    return usual_name_of(file.name, file.type_name)


def usual_name_of(name: str, type_name: str) -> str:
    """The same for a file that has not been read: 'my-model', 'Q4_K_M' → my-model:q4_k_m."""
    plain = re.sub(r"[^a-z0-9_.-]+", "-", name.lower()).lstrip("-.")[:LONGEST_PART].rstrip("-.")
    return f"{plain or 'model'}:{type_name.lower() or DEFAULT_TAG}"


def checked_name(name: str) -> str:
    """A name that Ollama takes. Raises DeliveryError."""
    if NAME.fullmatch(name):
        return name
    raise DeliveryError(
        text("{name!r:.80} cannot be the name of a model in Ollama.", name=name),
        text("Use letters, digits, dots, dashes and underscores, with a tag after a colon, such as my-model:q4_k_m."),
    )
