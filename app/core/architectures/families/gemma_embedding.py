"""EmbeddingGemma: a Gemma 3 that sees what comes after a token, too, and whose vectors go through two more matrices.

These are sentence-transformers' modules 2_Dense and 3_Dense; mlx-embeddings saves them as dense.0 and dense.1.
"""

from app.core.architectures.families.gemma3 import GEMMA3, NO_SOFT_CAP, makes_vectors, stack
from app.core.architectures.vocabulary import *

SCALE = AttentionScale(layers_of_27b=0)  # llama.cpp src/models/gemma-embedding.cpp: no exception
FEATURES = "dense_features"
DENSE = where(FEATURES)


def _width(config: Config) -> int | None:
    return config["hidden_size"] if config[FEATURES] else None


EMBEDDING_GEMMA = replace(
    GEMMA3,
    name="EmbeddingGemma",
    model_types=("gemma3_text",),
    gguf="gemma-embedding",
    sources=("src/models/gemma-embedding.cpp", "conversion/gemma.py", "mlx_lm/models/gemma3_text.py"),
    prefixes=(("dense.0.", "2_Dense.linear."), ("dense.1.", "3_Dense.linear.")),
    defaults={**GEMMA3.defaults, FEATURES: None},
    measured={FEATURES: ("2_Dense.linear.weight", 0)},
    embeds=True,
    parts=(
        Part(
            (
                *matrix("2_Dense.linear", "dense_2", "features", "hidden", layers=DENSE),
                *matrix("3_Dense.linear", "dense_3", "hidden", "features", layers=DENSE),
            ),
            sizes=lambda config, _: {"features": config[FEATURES] or 0},
        ),
        *stack(SCALE),
    ),
    metadata=(
        gemma.SOFT_CAP,
        windows.WIDTH,
        u32("{arch}.dense_2_feat_in", value=_width),
        u32("{arch}.dense_2_feat_out", FEATURES),
        u32("{arch}.dense_3_feat_in", FEATURES),
        u32("{arch}.dense_3_feat_out", value=_width),
    ),
    requirements=(SCALE.requirement, gemma.GELU, NO_OUTPUT_BIAS, NO_SOFT_CAP),
    when=makes_vectors,
)
