"""What vision models have around their text model."""

from typing import Any

from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

TEXT_ONLY = text("it belongs to the vision part, and this file holds the text model only")
VISION_DROPPED = dict.fromkeys(
    (
        "vision_tower.",
        "multi_modal_projector.",
        "model.vision_tower.",
        "model.multi_modal_projector.",
        "visual.",
        "model.visual.",
        "vision_model.",
        "audio_tower.",
        "model.audio_tower.",
        "embed_vision.",
        "model.embed_vision.",
        "embed_audio.",
        "model.embed_audio.",
    ),
    TEXT_ONLY,
)

# What of an Architecture such a wrapper changes
VISION: dict[str, Any] = {"prefixes": WRAPPERS, "dropped": VISION_DROPPED}
