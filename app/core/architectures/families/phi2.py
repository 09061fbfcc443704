"""Phi 1, 1.5 and 2: attention and feed-forward side by side after one norm, biases everywhere, the head included."""

from app.core.architectures.vocabulary import *

PHI2 = Architecture(
    name="Phi 2",
    model_types=("phi",),
    gguf="phi2",
    sources=("src/models/phi2.cpp", "conversion/phi.py", "mlx_lm/models/phi.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),  # and its bias
    defaults={  # transformers models/phi/configuration_phi.py, PhiConfig
        **lengths(layers=24, hidden=2048, intermediate=8192, heads=32),
        "max_position_embeddings": 2048,
        "layer_norm_eps": 1e-5,
        "partial_rotary_factor": 0.5,
    },
    parts=(
        phi.ends("model.final_layernorm"),
        norms(names={"input_layernorm": "attn_norm"}, bias=True),
        phi.attention("dense"),
        plain_mlp(names=("fc1", "fc2"), bias=True),
        rope(),
    ),
    metadata=(  # in the order of Phi2Model
        u32(Keys.LLM.CONTEXT_LENGTH, "n_positions", "max_position_embeddings"),
        *rows.LENGTHS,
        u32(Keys.LLM.FEED_FORWARD_LENGTH, value=lambda c: gpt.WIDER * c["hidden_size"]),
        u32(Keys.Attention.HEAD_COUNT_KV, "num_attention_heads"),
        f32(Keys.Attention.LAYERNORM_EPS, "layer_norm_epsilon", "layer_norm_eps"),
        rows.ROTATED,
        unusual_rope_base(),
    ),
    requirements=(
        one_of("hidden_act", *gpt.GELU),
        never("qk_layernorm", text("queries and keys without norms")),
        AS_MANY_KV_HEADS,
        Requirement(
            "intermediate_size",
            text("4 × hidden_size"),
            lambda c: c["intermediate_size"] == gpt.WIDER * c["hidden_size"],
        ),
    ),
    sizes=lambda c, layer: {**decoder_sizes(c, layer), "q_dim": c["hidden_size"], "kv_dim": c["hidden_size"]},
)
