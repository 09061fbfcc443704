"""DBRX: sizes stand in sub-configurations; experts are published in one matrix, which mlx-lm takes apart."""

from app.core.architectures.vocabulary import *

BLOCK = "transformer.blocks.{}."
NORM, FORWARD = BLOCK + "norm_attn_norm.", BLOCK + "ffn."
EPSILON = 1e-5  # of LayerNorm; built into the published implementation
INNER_DEFAULTS = {  # transformers models/dbrx/configuration_dbrx.py, DbrxAttentionConfig and DbrxFFNConfig
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


def _inner_row(key: str, kind: GGUFValueType, name: str) -> ConfigRow:
    """The row of such a setting, whose name begins with that of its sub-configuration."""
    return ConfigRow(key, kind, (name,), lambda config: _inner(config, name.rpartition(".")[2]))


def _sizes(config: Config, _layer: int) -> dict[str, int]:
    hidden, experts, width = config["d_model"], _inner(config, "moe_num_experts"), _inner(config, "ffn_hidden_size")
    return {
        "hidden": hidden,
        "qkv": hidden + 2 * _inner(config, "kv_n_heads") * (hidden // config["n_heads"]),
        "experts": experts,
        "intermediate": width,
        "experts*intermediate": experts * width,
    }


def _experts(name: str, in_file: str, change: AnyChange = NOTHING) -> TensorRule:
    """Published as one matrix, one expert after the other; mlx-lm takes them apart: models/dbrx.py, sanitize."""
    return TensorRule(
        f"{FORWARD}experts.mlp.{name}",
        ("experts*intermediate", "hidden"),
        change,
        saved=f"{FORWARD}experts.{{}}.{name}.weight",
        remaining=NOTHING,
        gguf=f"{in_file}_exps.weight",
        written=("experts", "hidden", "intermediate") if change else ("experts", "intermediate", "hidden"),
    )


DBRX = Architecture(
    name="DBRX",
    model_types=("dbrx",),
    gguf="dbrx",
    sources=("src/models/dbrx.cpp", "conversion/dbrx.py", "mlx_lm/models/dbrx.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),  # transformers DbrxConfig
    defaults={"max_seq_len": 2048},  # same file, DbrxConfig
    embedding="transformer.wte.weight",
    parts=(
        ends(embedding="transformer.wte", norm="transformer.norm_f"),
        norms(names={"norm_1": "attn_norm", "norm_2": "attn_output_norm"}, at=NORM),
        rope(),
    ),
    tensors=(
        tensor(NORM + "attn.Wqkv.weight", "attn_qkv.weight", "qkv", "hidden"),
        tensor(NORM + "attn.out_proj.weight", "attn_output.weight", "hidden", "hidden"),
        # llama.cpp conversion/dbrx.py, tensor_force_quant
        replace(
            tensor(FORWARD + "router.layer.weight", "ffn_gate_inp.weight", "experts", "hidden"), has_file_type=True
        ),
        _experts("w1", "ffn_gate"),
        _experts("v1", "ffn_up"),
        _experts("w2", "ffn_down", lambda layer: Change(within_rows=Transpose(layer.sizes["intermediate"]))),
    ),
    metadata=(
        u32(Keys.LLM.BLOCK_COUNT, "n_layers"),
        u32(Keys.LLM.CONTEXT_LENGTH, "max_seq_len"),
        u32(Keys.LLM.EMBEDDING_LENGTH, "d_model"),
        _inner_row(Keys.LLM.FEED_FORWARD_LENGTH, U32, "ffn_config.ffn_hidden_size"),
        u32(Keys.Attention.HEAD_COUNT, "n_heads"),
        _inner_row(Keys.Attention.HEAD_COUNT_KV, U32, "attn_config.kv_n_heads"),
        _inner_row(Keys.Rope.FREQ_BASE, F32, "attn_config.rope_theta"),
        _inner_row(Keys.Attention.CLAMP_KQV, F32, "attn_config.clip_qkv"),
        _inner_row(Keys.LLM.EXPERT_COUNT, U32, "ffn_config.moe_num_experts"),
        _inner_row(Keys.LLM.EXPERT_USED_COUNT, U32, "ffn_config.moe_top_k"),
        constant(Keys.Attention.LAYERNORM_EPS, EPSILON),
    ),
    requirements=(
        OWN_HEAD,
        Requirement(
            "ffn_config",
            text("experts with SiLU"),
            lambda c: setting(c["ffn_config"], "ffn_act_fn") in (None, {"name": "silu"}),
        ),
        Requirement(
            "ffn_config",
            text("expert weights that are normalized to the sum of 1"),
            lambda c: _inner(c, "moe_normalize_expert_weights") == 1,
        ),
        # its loader asks for it
        Requirement("attn_config", as_it_stands("clip_qkv"), lambda c: bool(_inner(c, "clip_qkv"))),
    ),
    sizes=_sizes,
    converts_huggingface=False,  # the published experts lie below each other in one matrix, W2's transposed
)
