"""GLM 4 (the first one, glm-4-9b-hf), which shares ChatGLM's graph."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import F32, U32, ConfigRow
from app.core.architectures.decoder import LAYER, attention, ends, vector
from app.core.architectures.families.glm4 import DEFAULTS, FUSED_MLP, fused_sizes, rotated
from app.core.architectures.requirements import Requirement, one_of, rope_scaling

ROPE_BASE, EPSILON = 10000, 1e-5  # llama.cpp conversion/chatglm.py, set_gguf_parameters

GLM = Architecture(
    name="GLM",
    model_types=("glm",),
    gguf="chatglm",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/chatglm.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/glm.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,  # transformers GlmConfig; mlx-lm says True
    defaults=DEFAULTS,
    tensors=(
        *ends(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *attention(),
        *FUSED_MLP,
    ),
    metadata=(
        # the converter knows seq_length only; published configs lack it, and then it takes the width
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("seq_length", "hidden_size")),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("ffn_hidden_size", "intermediate_size")),
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("num_key_value_heads",)),
        ConfigRow(
            Keys.Attention.LAYERNORM_RMS_EPS,
            F32,
            value=lambda c: EPSILON if c.get("layernorm_epsilon") is None else c["layernorm_epsilon"],
        ),
        ConfigRow(
            Keys.Rope.DIMENSION_COUNT,
            U32,
            value=lambda c: rotated({**c, "head_dim": c["hidden_size"] // c["num_attention_heads"]}),
        ),
        ConfigRow(Keys.Rope.FREQ_BASE, F32, value=lambda c: ROPE_BASE * (c.get("rope_ratio") or 1)),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        one_of("rope_theta", ROPE_BASE),
        rope_scaling(),
        Requirement(
            "head_dim",
            "heads that share hidden_size evenly",
            lambda c: c["head_dim"] == c["hidden_size"] // c["num_attention_heads"],
        ),
    ),
    sizes=fused_sizes,
)

FAMILIES = (GLM,)
