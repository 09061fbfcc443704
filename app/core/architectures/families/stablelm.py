"""StableLM: norms with biases, a part of each head rotated, the larger models with norms of queries and keys."""

from app.core.architectures.parts.rows import CONTEXT, HEADS, INNER, KV_HEADS, LAYER_COUNT, PARALLEL, WIDTH
from app.core.architectures.vocabulary import *

SERIAL = where("use_parallel_residual").others
EPSILON = f32(Keys.Attention.LAYERNORM_EPS, "layer_norm_eps", "norm_eps")
ROTATED = u32(Keys.Rope.DIMENSION_COUNT, value=lambda c: rows.rotated_share(c, "partial_rotary_factor", "rope_pct"))

STABLELM = Architecture(
    name="StableLM",
    model_types=("stablelm",),
    gguf="stablelm",
    sources=("src/models/stablelm.cpp", "conversion/stablelm.py", "mlx_lm/models/stablelm.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    # transformers models/stablelm/configuration_stablelm.py, StableLmConfig
    defaults={"max_position_embeddings": 4096, "use_parallel_residual": False, "qk_layernorm": False},
    parts=(
        ends(),
        Part.of(gpt.LAST_NORM_BIAS),
        norms(names={"input_layernorm": "attn_norm"}, bias=True),
        norms(names={"post_attention_layernorm": "ffn_norm"}, bias=True, layers=SERIAL),
        attention("qkv"),
        # one norm for each head, in the folder as well
        norms_of_each_head(where("qk_layernorm"), "q_layernorm.norms.{}", "k_layernorm.norms.{}"),
        mlp(),
        rope(),
    ),
    metadata=(LAYER_COUNT, CONTEXT, WIDTH, INNER, ROTATED, HEADS, KV_HEADS, PARALLEL, EPSILON, unusual_rope_base()),
    requirements=(SILU, OWN_HEAD),
    sizes=decoder_sizes,
)
