"""Talkie: norms without weights, learned gains instead; it rotates the other way round than all others."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, Config, ConfigRow, setting
from app.core.architectures.decoder import decoder_sizes
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import Change, ScaleRows, on_values
from app.core.architectures.requirements import Requirement, never, rope_scaling
from app.core.text import text

LAYER = "model.blocks.{}."
EPSILON = 2.0**-23  # of float32, which the published implementation takes; llama.cpp conversion/talkie.py

# mlx-lm models/talkie.py, ModelArgs; lewtun/talkie-1930-13b-it-hf has the same
DEFAULTS = {
    "hidden_size": 5120,
    "intermediate_size": 13696,
    "num_hidden_layers": 40,
    "num_attention_heads": 40,
    "head_dim": 128,
    "max_position_embeddings": 2048,
    "rope_theta": 1e6,
}


def _rotated_back(layer: Layer) -> Change:
    """The second half of each head with the other sign: llama.cpp conversion/talkie.py, modify_tensors."""
    half = layer.sizes["head"] // 2
    return on_values(ScaleRows(((half, 1.0), (half, -1.0)) * layer.sizes["heads"]))


def _sizes(config: Config, layer: int) -> dict[str, int]:
    return {**decoder_sizes(config, layer), "one": 1}


ATTENTION, FORWARD = LAYER + "attn.attn_", LAYER + "mlp.mlp_"
QUERIES = ("q_dim", "hidden")

# The package gguf 0.19 does not know the architecture
TALKIE = Architecture(
    name="Talkie",
    model_types=("talkie",),
    gguf="talkie",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/talkie.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/talkie.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS,
    embedding="model.embed.weight",
    lm_head="lm_head",
    tensors=(
        TensorRule("model.embed.weight", ("vocabulary", "hidden"), gguf="token_embd.weight"),
        TensorRule("lm_head", ("vocabulary", "hidden"), optional=True, gguf="output.weight"),
        TensorRule("lm_head_gain.w_g", ("one",), key=Keys.LLM.LOGIT_SCALE),
        TensorRule(ATTENTION + "query.weight", QUERIES, _rotated_back, gguf="blk.{bid}.attn_q.weight"),
        TensorRule(ATTENTION + "key.weight", QUERIES, _rotated_back, gguf="blk.{bid}.attn_k.weight"),
        TensorRule(ATTENTION + "value.weight", QUERIES, gguf="blk.{bid}.attn_v.weight"),
        TensorRule(ATTENTION + "resid.weight", ("hidden", "q_dim"), gguf="blk.{bid}.attn_output.weight"),
        TensorRule(LAYER + "attn_gain.a_g", ("one",), gguf="blk.{bid}.attn_output.scale"),
        TensorRule(LAYER + "attn.head_gain.head_g", ("heads", "one"), gguf="blk.{bid}.attn_q_norm.weight"),
        TensorRule(FORWARD + "gate.weight", ("intermediate", "hidden"), gguf="blk.{bid}.ffn_gate.weight"),
        TensorRule(FORWARD + "linear.weight", ("intermediate", "hidden"), gguf="blk.{bid}.ffn_up.weight"),
        TensorRule(FORWARD + "resid.weight", ("hidden", "intermediate"), gguf="blk.{bid}.ffn_down.weight"),
        TensorRule(LAYER + "mlp_gain.a_g", ("one",), gguf="blk.{bid}.ffn_down.scale"),
        TensorRule(LAYER + "embed_skip.a_g", ("one",), gguf="blk.{bid}.layer_output_scale.weight"),
    ),
    metadata=(*DECODER_METADATA, ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, value=lambda _: EPSILON)),
    requirements=(
        rope_scaling(by="mlx-lm"),
        never("tie_word_embeddings", text("a head of its own")),
        Requirement(
            "num_key_value_heads",
            text("as many KV heads as query heads"),
            lambda c: setting(c, "num_key_value_heads") in (None, c["num_attention_heads"]),
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (TALKIE,)
