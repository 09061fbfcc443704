"""MiniMax M2: norms over all heads at once, a mixture of experts in every layer."""

from app.core.architectures.vocabulary import *

MOE = LAYER + "block_sparse_moe"

MINIMAX_M2 = Architecture(
    name="MiniMax M2",
    model_types=("minimax_m2", "minimax"),  # mlx-lm utils.py, MODEL_REMAPPING
    gguf="minimax-m2",
    vocabularies={"minimax_m2": KnownVocabulary(pre_tokenizer="minimax-m2")},
    sources=("src/models/minimax-m2.cpp", "conversion/minimax.py", "mlx_lm/models/minimax.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    # transformers models/minimax_m2/configuration_minimax_m2.py, MiniMaxM2Config; mlx-lm knows no other scores
    defaults={"head_dim": 128, "scoring_func": "sigmoid"},
    parts=(
        decoder(),
        norms(),
        attention(),
        norms_of_all_heads(),
        moe.router(bias="e_score_correction_bias", at=MOE),
        moe.experts(MOE, moe.W123),
        rope("linear", "yarn"),
    ),
    metadata=(moe.INTERMEDIATE_LENGTH, u32(Keys.Rope.DIMENSION_COUNT, "rotary_dim")),
    requirements=(
        SILU,
        MLX_DOES_NOT_SCALE,
        *fixed(use_qk_norm=True, qk_norm_type="per_layer"),
        never("shared_intermediate_size", text("experts that are not shared")),
        has("rotary_dim", text("a number of values that rotate")),
    ),
    sizes=moe.expert_size("intermediate_size"),
)
