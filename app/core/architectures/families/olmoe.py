"""OLMoE: a mixture of experts in every layer, one norm over all queries and one over all keys."""

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import setting
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
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.text import text

# transformers models/olmoe/configuration_olmoe.py, OlmoeConfig
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "max_position_embeddings": 4096,
    "rope_theta": 10000.0,
}

OLMOE = Architecture(
    name="OLMoE",
    model_types=("olmoe",),
    gguf="olmoe",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/olmoe.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/olmoe.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers OlmoeConfig
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *without_biases(attention()),
        vector(LAYER + "self_attn.q_norm", "q_dim"),
        vector(LAYER + "self_attn.k_norm", "kv_dim"),
        TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden")),
        *experts(),
    ),
    metadata=DECODER_METADATA,
    requirements=(  # llama.cpp src/models/olmoe.cpp
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        never("mlp_bias", text("experts without biases")),
        never("clip_qkv", text("attention without clipping")),
        never("norm_topk_prob", text("expert weights that are not normalized")),
        rope_scaling("linear", "yarn"),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),
            lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        ),
        Requirement(
            "num_key_value_heads",
            text("as many KV heads as query heads"),
            lambda c: c["num_key_value_heads"] == c["num_attention_heads"],
        ),
    ),
    sizes=lambda config, layer: {**decoder_sizes(config, layer), "expert_intermediate": config["intermediate_size"]},
)

FAMILIES = (OLMOE,)
