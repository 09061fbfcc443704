"""EXAONE 3 and 3.5: Llama's network under GPT-2's names; rows stay where they are."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, ConfigRow, setting
from app.core.architectures.decoder import decoder_sizes, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.architectures.rope_factors import llama3_factors
from app.core.text import text

AT = "transformer.h.{}."
ATTENTION, FORWARD = AT + "attn.attention.", AT + "mlp."

# transformers models/exaone/configuration_exaone.py, ExaoneConfig, under the names of published configurations
DEFAULTS = {
    "max_position_embeddings": 4096,
}

EXAONE = Architecture(
    name="EXAONE 3",
    model_types=("exaone",),
    gguf="exaone",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/exaone.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/exaone.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers ExaoneConfig
    defaults=DEFAULTS,
    embedding="transformer.wte.weight",
    tensors=(
        TensorRule("transformer.wte.weight", ("vocabulary", "hidden")),
        vector("transformer.ln_f"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        vector(AT + "ln_1"),
        vector(AT + "ln_2"),
        TensorRule(ATTENTION + "q_proj.weight", ("q_dim", "hidden")),
        TensorRule(ATTENTION + "k_proj.weight", ("kv_dim", "hidden")),
        TensorRule(ATTENTION + "v_proj.weight", ("kv_dim", "hidden")),
        TensorRule(ATTENTION + "out_proj.weight", ("hidden", "q_dim")),
        TensorRule(FORWARD + "c_fc_0.weight", ("intermediate", "hidden")),
        TensorRule(FORWARD + "c_fc_1.weight", ("intermediate", "hidden")),
        TensorRule(FORWARD + "c_proj.weight", ("hidden", "intermediate")),
    ),
    metadata=(
        *DECODER_METADATA,
        # The key that llama.cpp's loader asks for. Its converter writes the other one for this name in config.json.
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps", "layer_norm_epsilon")),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=lambda c: c["hidden_size"] // c["num_attention_heads"]),
    ),
    computed=(ComputedTensor("rope_freqs.weight", llama3_factors),),
    requirements=(  # llama.cpp src/models/exaone.cpp
        one_of("activation_function", "silu"),
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        never("mlp_bias", text("feed-forward networks without biases")),
        one_of("partial_rotary_factor", 1.0),
        rope_scaling("linear", "llama3", "yarn"),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),
            lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        ),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (EXAONE,)
