"""What a model that also sees or hears has beside its text model."""

from app.core.text import text

TEXT_ONLY = text("it belongs to the vision part, and this file holds the text model only")
# Beginnings of names without wrapper: mlx_vlm/models/*/*.py, mlx_lm/models/*.py (sanitize), llama.cpp
# conversion/base.py, TextModel.filter_tensors
VISION_DROPPED = dict.fromkeys(
    (
        "vision_",
        "visual.",
        "audio_",
        "embed_vision.",
        "embed_audio.",
        "multi_modal_projector.",
        "mm_projector.",
        "patch_merge_mlp.",
        "perception_emb_norm.",
        "image_newline",
    ),
    TEXT_ONLY,
)
