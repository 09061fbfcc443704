"""MiniCPM: scales for embedding, residuals and logits. MiniCPM 3 has latent attention; llama.cpp fixes its scales."""

from app.core.architectures.parts.long_rope import long_rope
from app.core.architectures.vocabulary import *

USUAL_BASE = Requirement(
    "rope_theta", as_it_stands("10000"), lambda c: setting(c, "rope_theta") is not None, is_assumed=True
)

MINICPM = Architecture(
    name="MiniCPM",
    model_types=("minicpm",),
    gguf="minicpm",
    sources=("src/models/minicpm.cpp", "conversion/minicpm.py", "mlx_lm/models/minicpm.py"),
    # a folder whose config.json ties does not load; the published configuration_minicpm.py
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE, ties=True),
    defaults={"num_key_value_heads": query_heads},
    parts=(decoder(), norms(), turned_attention(), mlp(), long_rope("linear")),
    metadata=(  # llama.cpp conversion/minicpm.py, MiniCPMModel
        f32(Keys.LLM.EMBEDDING_SCALE, "scale_emb"),
        f32(Keys.LLM.RESIDUAL_SCALE, "scale_depth", value=lambda c: c["scale_depth"] / c["num_hidden_layers"] ** 0.5),
        f32(Keys.LLM.LOGIT_SCALE, "dim_model_base", value=lambda c: c["hidden_size"] / c["dim_model_base"]),
    ),
    requirements=(SILU, HALVES, even_heads(), never("num_experts", text("MiniCPM without experts")), USUAL_BASE),
)

LENGTHS = (rows.CONTEXT, rows.WIDTH, rows.LAYER_COUNT, rows.INNER, rows.HEADS, rows.KV_HEADS)

MINICPM3 = Architecture(
    name="MiniCPM 3",
    model_types=("minicpm3",),
    gguf="minicpm3",
    sources=("src/models/minicpm3.cpp", "conversion/minicpm.py", "mlx_lm/models/minicpm3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    # transformers models/minicpm3/configuration_minicpm3.py, MiniCPM3Config
    defaults={"v_head_dim": even_head},
    parts=(
        decoder(keeps=lambda _: False),
        norms(),
        latent.ranked_queries(),
        latent.latent(),
        latent.output(),
        Part(matrix(f"{ATTENTION}.kv_b_proj", "attn_kv_b", *latent.KV_B)),
        mlp(),
        long_rope(always=True),
    ),
    metadata=(  # llama.cpp conversion/minicpm.py, MiniCPM3Model
        *LENGTHS,
        rows.RMS_EPSILON,
        VOCAB_SIZE,
        latent.Q_RANK,
        latent.KV_RANK,
        u32(Keys.Attention.KEY_LENGTH, value=lambda c: c["qk_nope_head_dim"] + c["qk_rope_head_dim"]),
        latent.ROTARY,
        unusual_rope_base(),
    ),
    requirements=(  # llama.cpp src/models/minicpm3.cpp: these are constants of the graph
        *fixed(scale_emb=12, scale_depth=1.4, dim_model_base=256),
        SILU,
        latent.NO_BIAS,
        Requirement("v_head_dim", EVEN, lambda c: c.get("v_head_dim") in (None, even_head(c))),
        has("q_lora_rank", text("a rank of the queries")),
        Requirement(
            "num_key_value_heads",
            text("as many KV heads as query heads"),
            lambda c: c["num_key_value_heads"] == c["num_attention_heads"],
        ),
        USUAL_BASE,
    ),
)
