"""Which tensors of a folder are left out of every file, and why."""

from app.core.architectures import Architecture
from app.core.architectures.further_tokens import MTP
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import bare
from app.core.text import Text, text

# llama.cpp conversion/base.py, prepare_tensors, skips the same ones
IGNORED_ENDINGS = {
    ".rotary_emb.inv_freq": text("llama.cpp computes the rotary frequencies itself"),
    ".attention.masked_bias": text("it is a constant of the attention mask"),
    ".attention.bias": text("it is the attention mask"),
}
DROPPED = {**VISION_DROPPED, "mtp.": MTP, "mtp_": MTP}
ENDINGS, BEGINNINGS = tuple(IGNORED_ENDINGS), tuple(DROPPED)


def reason_to_leave_out(family: Architecture, saved: str) -> Text | str:
    """Why the tensor with this name in the folder is left out, whatever holds it; "" where nothing says so."""
    name = bare(saved)
    if saved.endswith(ENDINGS):
        return next(reason for ending, reason in IGNORED_ENDINGS.items() if saved.endswith(ending))
    if not name.startswith(BEGINNINGS) and not name.startswith(tuple(family.dropped)):
        return ""  # said soon, of very many
    return next(reason for start, reason in {**DROPPED, **family.dropped}.items() if name.startswith(start))
