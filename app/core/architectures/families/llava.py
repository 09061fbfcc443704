"""LLaVA and Pixtral (text part): Llama or Mistral in a vision wrapper."""

from app.core.architectures.families.llama import MISTRAL
from app.core.architectures.vocabulary import *

BETA = "llama_4_scaling_beta"  # of ministral3, whose graph is another one

LLAVA = replace(
    MISTRAL,
    name="LLaVA",
    model_types=("llava",),
    # as llama.py, by tie_word_embeddings of text_config
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/mistral3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    requirements=(
        *MISTRAL.requirements,
        Requirement(
            "rope_scaling", text("a text model of llama's or mistral's kind"), lambda c: BETA not in c["rope_scaling"]
        ),
    ),
)
PIXTRAL = replace(
    LLAVA,
    name="Pixtral",
    model_types=("pixtral",),
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/pixtral.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE),
)
