"""DBRX: sizes stand in sub-configurations; experts are published in one matrix, which mlx-lm takes apart."""

from typing import Any

from gguf import Keys

from app.core.architectures.architecture import AnyChange, Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import vector
from app.core.architectures.ops import NOTHING, Change, Transpose
from app.core.architectures.requirements import Requirement, as_it_stands, never, rope_scaling
from app.core.text import text

LAYER = "transformer.blocks.{}."
NORM, FORWARD = LAYER + "norm_attn_norm.", LAYER + "ffn."
EPSILON = 1e-5  # of LayerNorm; built into the published implementation

# transformers models/dbrx/configuration_dbrx.py, DbrxConfig, DbrxAttentionConfig, DbrxFFNConfig
DEFAULTS = {"max_seq_len": 2048}
INNER_DEFAULTS = {
    "kv_n_heads": 1,
    "rope_theta": 10000.0,
    "ffn_hidden_size": 3584,
    "moe_num_experts": 4,
    "moe_top_k": 1,
    "moe_normalize_expert_weights": 1.0,
}


def _inner(config: Config, name: str) -> Any:
    """A setting of attention or feed-forward."""
    found = setting({**config["attn_config"], **config["ffn_config"]}, name)
    return INNER_DEFAULTS.get(name) if found is None else found


def _sizes(config: Config, _layer: int) -> dict[str, int]:
    hidden = config["d_model"]
    return {
        "hidden": hidden,
        "qkv": hidden + 2 * _inner(config, "kv_n_heads") * (hidden // config["n_heads"]),
        "experts": _inner(config, "moe_num_experts"),
        "intermediate": _inner(config, "ffn_hidden_size"),
        "experts*intermediate": _inner(config, "moe_num_experts") * _inner(config, "ffn_hidden_size"),
    }


def _turned(layer: Layer) -> Change:
    return Change(within_rows=Transpose(layer.sizes["intermediate"]))


def _experts(name: str, in_file: str, change: AnyChange = NOTHING) -> TensorRule:
    """Published as one matrix, one expert after the other; mlx-lm takes them apart: models/dbrx.py, sanitize."""
    return TensorRule(
        f"{FORWARD}experts.mlp.{name}",
        ("experts*intermediate", "hidden"),
        change,
        saved=f"{FORWARD}experts.{{}}.{name}.weight",
        remaining=NOTHING,
        gguf=f"blk.{{bid}}.{in_file}_exps.weight",
        written=("experts", "hidden", "intermediate") if change else ("experts", "intermediate", "hidden"),
    )


def _activation_fits(config: Config) -> bool:
    activation = setting(config["ffn_config"], "ffn_act_fn")
    return activation is None or activation == {"name": "silu"}


DBRX = Architecture(
    name="DBRX",
    model_types=("dbrx",),
    gguf="dbrx",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/dbrx.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/dbrx.py: always has a head",
    ties_by_default=False,  # transformers DbrxConfig
    defaults=DEFAULTS,
    embedding="transformer.wte.weight",
    tensors=(
        TensorRule("transformer.wte.weight", ("vocabulary", "hidden")),
        vector("transformer.norm_f"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        vector(NORM + "norm_1"),
        vector(NORM + "norm_2"),
        TensorRule(NORM + "attn.Wqkv.weight", ("qkv", "hidden")),
        TensorRule(NORM + "attn.out_proj.weight", ("hidden", "hidden")),
        # llama.cpp conversion/dbrx.py, tensor_force_quant
        TensorRule(FORWARD + "router.layer.weight", ("experts", "hidden"), has_file_type=True),
        _experts("w1", "ffn_gate"),
        _experts("v1", "ffn_up"),
        _experts("w2", "ffn_down", _turned),
    ),
    metadata=(  # same file, set_gguf_parameters
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("n_layers",)),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_seq_len",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("d_model",)),
        ConfigRow(
            Keys.LLM.FEED_FORWARD_LENGTH,
            U32,
            ("ffn_config.ffn_hidden_size",),
            value=lambda c: _inner(c, "ffn_hidden_size"),
        ),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("n_heads",)),
        ConfigRow(
            Keys.Attention.HEAD_COUNT_KV, U32, ("attn_config.kv_n_heads",), value=lambda c: _inner(c, "kv_n_heads")
        ),
        ConfigRow(Keys.Rope.FREQ_BASE, F32, ("attn_config.rope_theta",), value=lambda c: _inner(c, "rope_theta")),
        ConfigRow(Keys.Attention.CLAMP_KQV, F32, ("attn_config.clip_qkv",), value=lambda c: _inner(c, "clip_qkv")),
        ConfigRow(
            Keys.LLM.EXPERT_COUNT, U32, ("ffn_config.moe_num_experts",), value=lambda c: _inner(c, "moe_num_experts")
        ),
        ConfigRow(Keys.LLM.EXPERT_USED_COUNT, U32, ("ffn_config.moe_top_k",), value=lambda c: _inner(c, "moe_top_k")),
        ConfigRow(Keys.Attention.LAYERNORM_EPS, F32, value=lambda _: EPSILON),
    ),
    requirements=(  # llama.cpp src/models/dbrx.cpp
        rope_scaling(),
        never("tie_word_embeddings", text("a head of its own")),
        Requirement("ffn_config", text("experts with SiLU"), _activation_fits),
        Requirement(
            "ffn_config",
            text("expert weights that are normalized to the sum of 1"),
            lambda c: _inner(c, "moe_normalize_expert_weights") == 1,
        ),
        Requirement(
            "attn_config", as_it_stands("clip_qkv"), lambda c: bool(_inner(c, "clip_qkv"))
        ),  # its loader asks for it
    ),
    sizes=_sizes,
    converts_huggingface=False,  # the published experts lie below each other in one matrix, W2's transposed
)

FAMILIES = (DBRX,)
