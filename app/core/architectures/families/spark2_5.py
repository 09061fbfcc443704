"""Spark 2.5: queries, keys and values in one matrix, a gate for each head, rotary sizes by kind of layer."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow
from app.core.architectures.decoder import LAYER, decoder_sizes, mlp, vector, without_biases
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.text import text

AT = LAYER + "self_attn"
SLIDING, FULL = "sliding_attention", "full_attention"

# mlx-lm models/spark2_5.py, ModelArgs
DEFAULTS = {
    "rms_norm_eps": 1e-6,
    "max_position_embeddings": 8192,
    "hidden_act": "gelu",
    "gate_attn_act_mode": "sigmoid",
    "headwise_attn_output_gate": True,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 1.0,
    "local_partial_rotary_factor": 1.0,
    "layer_types": lambda config: [FULL if (i + 1) % 4 == 0 else SLIDING for i in range(config["num_hidden_layers"])],
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    return {**sizes, "q_dim+2*kv_dim": sizes["q_dim"] + 2 * sizes["kv_dim"]}


def _rotary(key: str, name: str) -> ConfigRow:
    return ConfigRow(key, U32, (name,), value=lambda config: int(config["head_dim"] * config[name]))


def _kinds_fit(config: Config) -> bool:
    kinds = config["layer_types"]
    return len(kinds) == config["num_hidden_layers"] and set(kinds) == {SLIDING, FULL}


SPARK = Architecture(
    name="Spark 2.5",
    model_types=("spark2_5",),
    gguf="spark2_5",
    names_like="step35",  # it has the gate; gguf 0.19 does not know spark2_5
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/spark2-5.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/spark2_5.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=True,  # mlx-lm's ModelArgs; there is no class in transformers
    defaults=DEFAULTS,
    embedding="model.embedding.weight",
    prefixes=(("model.embed_tokens.", "model.embedding."),),
    tensors=(
        TensorRule("model.embedding.weight", ("vocabulary", "hidden"), gguf="token_embd.weight"),
        TensorRule("model.norm.weight", ("hidden",)),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        TensorRule(f"{AT}.q_k_v_proj.weight", ("q_dim+2*kv_dim", "hidden"), gguf="blk.{bid}.attn_qkv.weight"),
        TensorRule(f"{AT}.g_proj.weight", ("heads", "hidden")),
        TensorRule(f"{AT}.out_proj.weight", ("hidden", "q_dim"), gguf="blk.{bid}.attn_output.weight"),
        *without_biases(mlp()),
    ),
    metadata=(  # llama.cpp conversion/spark2_5.py
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow(
            Keys.Attention.SLIDING_WINDOW_PATTERN, BOOL, value=lambda c: [kind == SLIDING for kind in c["layer_types"]]
        ),
        _rotary(Keys.Rope.DIMENSION_COUNT, "partial_rotary_factor"),
        _rotary(Keys.Rope.DIMENSION_COUNT_SWA, "local_partial_rotary_factor"),
    ),
    requirements=(  # llama.cpp src/models/spark2-5.cpp
        one_of("hidden_act", "gelu"),
        one_of("gate_attn_act_mode", "sigmoid"),
        one_of("headwise_attn_output_gate", True),
        NO_OUTPUT_BIAS,
        never("mlp_bias", text("feed-forward networks without biases")),
        rope_scaling(by="mlx-lm"),
        rope_scaling(by="mlx-lm", of="local_rope_scaling"),
        Requirement("layer_types", text("layers of both kinds"), _kinds_fit),
    ),
    sizes=_sizes,
)

FAMILIES = (SPARK,)
