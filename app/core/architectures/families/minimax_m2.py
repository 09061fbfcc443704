"""MiniMax M2: norms over all heads at once, a mixture of experts in every layer."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, Requirement, never, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "block_sparse_moe"

# transformers models/minimax_m2/configuration_minimax_m2.py, MiniMaxM2Config
DEFAULTS = {
    "head_dim": 128,
    "scoring_func": "sigmoid",  # mlx-lm models/minimax.py knows nothing else
}

MINIMAX_M2 = Architecture(
    name="MiniMax M2",
    model_types=("minimax_m2", "minimax"),  # mlx-lm utils.py, MODEL_REMAPPING
    gguf="minimax-m2",
    vocabularies={"minimax_m2": KnownVocabulary(pre_tokenizer="minimax-m2")},
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/minimax-m2.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/minimax.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *without_biases(attention()),
        vector(LAYER + "self_attn.q_norm", "q_dim"),
        vector(LAYER + "self_attn.k_norm", "kv_dim"),
        TensorRule(AT + ".gate.weight", ("experts", "hidden")),
        TensorRule(AT + ".e_score_correction_bias", ("experts",), gguf="blk.{bid}.exp_probs_b.bias"),
        *experts(AT, published={"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}),
    ),
    metadata=(  # llama.cpp conversion/minimax.py, MiniMaxM2Model
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("rotary_dim",)),
    ),
    requirements=(  # llama.cpp src/models/minimax-m2.cpp
        one_of("hidden_act", "silu"),
        rope_scaling("linear", "yarn"),
        MLX_DOES_NOT_SCALE,
        one_of("use_qk_norm", True),
        one_of("qk_norm_type", "per_layer"),
        never("shared_intermediate_size", text("experts that are not shared")),
        Requirement("rotary_dim", text("a number of values that rotate"), lambda c: bool(setting(c, "rotary_dim"))),
    ),
    sizes=lambda config, _: {**decoder_sizes(config), "expert_intermediate": config["intermediate_size"]},
)

FAMILIES = (MINIMAX_M2,)
