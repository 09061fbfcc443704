"""Nemotron-H: each layer is one of Mamba 2, attention, a feed-forward network or, in another GGUF graph, experts."""

from app.core.architectures.vocabulary import *

AT = "backbone.layers.{}."
MIXER = AT + "mixer"
# mlx-lm models/nemotron_h.py, _block_type_to_char
KINDS = {
    "full_attention": "*",
    "attention": "*",
    "linear_attention": "M",
    "mamba": "M",
    "conv": "M",
    "moe": "E",
    "mlp": "-",
}


def _stated(config: Config) -> Any:
    return setting(config, "hybrid_override_pattern", "layers_block_type", "layer_types")


def _kinds(config: Config) -> list[str]:
    """One letter for each layer, whether config.json has letters or words."""
    return [KINDS.get(kind, kind) for kind in _stated(config) or ()]


def _has_experts(config: Config) -> bool:
    found = _stated(config)
    return isinstance(found, str | list) and ("E" in found or "moe" in found)


def _is(kind: str) -> Layers:
    return Layers(lambda config, layer: _kinds(config)[layer] == kind)


def _on(kind: str, key: str, name: str) -> ConfigRow:
    """A number for each layer, 0 for layers of other kinds."""
    return ConfigRow(key, I32, value=lambda c: [c[name] if one == kind else 0 for one in _kinds(c)])


def _only(kinds: str) -> Requirement:
    def fits(config: Config) -> bool:
        found = _kinds(config)
        return len(found) == config["num_hidden_layers"] and set(found) <= set(kinds)

    return Requirement("hybrid_override_pattern", text("one of {kinds} for each layer", kinds=" ".join(kinds)), fits)


MAMBA = ssm.Mamba2("mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size", "conv_kernel", "use_conv_bias")
LAYERS = (
    decoder(embedding="backbone.embeddings", norm="backbone.norm_f"),
    norms(names={"norm": "attn_norm"}, at=AT),
    MAMBA.part(MIXER, _is("M"), ssm.PROJECTIONS_FIRST),
    # Turned although there is no rope
    attention("qkvo", q=rotary_rows("heads"), k=rotary_rows("kv_heads"), at=MIXER, layers=_is("*")),
    rope(),
)
METADATA = (  # llama.cpp conversion/nemotron.py, NemotronHModel.set_gguf_parameters
    ssm.CONTEXT,
    _on("*", Keys.Attention.HEAD_COUNT_KV, "num_key_value_heads"),
    *MAMBA.rows,
    VOCAB_SIZE,
    rows.EVEN_HEADS,
    constant(Keys.Rope.SCALING_FINETUNED, False),
)
REQUIREMENTS = (  # llama.cpp src/models/nemotron-h.cpp
    *fixed(mlp_hidden_act="relu2", mamba_hidden_act="silu"),
    never("sliding_window", text("attention to everything")),
)
DEFAULTS = {  # transformers models/nemotron_h/configuration_nemotron_h.py, NemotronHConfig
    "head_dim": even_head,  # mlx-lm's; transformers: 128
    "num_hidden_layers": lambda config: len(_kinds(config)),
}

NEMOTRON_H = Architecture(
    name="Nemotron-H",
    model_types=("nemotron_h",),
    gguf="nemotron_h",
    sources=("src/models/nemotron-h.cpp", "conversion/nemotron.py", "mlx_lm/models/nemotron_h.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE),  # transformers NemotronHConfig
    defaults=DEFAULTS,
    dropped={"mtp.": MTP_LEFT_OUT},
    embedding="backbone.embeddings.weight",
    parts=(*LAYERS, plain_mlp(MIXER, bias=None, layers=_is("-"))),
    metadata=(*METADATA, _on("-", Keys.LLM.FEED_FORWARD_LENGTH, "intermediate_size")),
    requirements=(*REQUIREMENTS, _only("M*-")),
    marker="conv1d.weight",
    when=lambda config: not _has_experts(config),
)

EXPERTS = _is("E")


def _of_experts(name: str, gguf: str, *shape: str, saved: str = "", optional: bool = False) -> TensorRule:
    names = f"{MIXER}.{name}.weight", f"{MIXER}.switch_mlp.{saved}.weight" if saved else ""
    return tensor(names, f"{gguf}.weight", *shape, layers=EXPERTS, optional=optional)


def _expert_sizes(config: Config, _layer: int) -> dict[str, int]:
    latent = setting(config, "moe_latent_size") or config["hidden_size"]
    return {"latent": latent, "shared_intermediate": config["moe_shared_expert_intermediate_size"]}


NEMOTRON_H_MOE = replace(
    NEMOTRON_H,
    name="Nemotron-H MoE",
    gguf="nemotron_h_moe",
    sources=("src/models/nemotron-h-moe.cpp", "conversion/nemotron.py", "mlx_lm/models/nemotron_h.py"),
    defaults={
        **DEFAULTS,
        **moe.numbers(width=7688, used=2, n_routed_experts=8, n_shared_experts=1, n_group=1),
        "moe_shared_expert_intermediate_size": 7688,
        "routed_scaling_factor": 1.0,
        "norm_topk_prob": True,
    },
    parts=(*LAYERS, moe.router(bias=moe.CORRECTION, at=MIXER, layers=EXPERTS)),
    metadata=(
        *METADATA,
        _on("E", Keys.LLM.FEED_FORWARD_LENGTH, "moe_intermediate_size"),
        moe.EXPERT_LENGTH,
        u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "moe_shared_expert_intermediate_size"),
        moe.SHARED_COUNT,
        moe.NORMALIZED,
        moe.SCALE,
        u32(Keys.LLM.MOE_LATENT_SIZE, "moe_latent_size"),
    ),
    requirements=(*REQUIREMENTS, _only("M*E")),
    tensors=(
        _of_experts("experts.{}.up_proj", "ffn_up_exps", "experts", "expert_intermediate", "latent", saved="fc1"),
        _of_experts("experts.{}.down_proj", "ffn_down_exps", "experts", "latent", "expert_intermediate", saved="fc2"),
        _of_experts("shared_experts.up_proj", "ffn_up_shexp", "shared_intermediate", "hidden"),
        _of_experts("shared_experts.down_proj", "ffn_down_shexp", "hidden", "shared_intermediate"),
        _of_experts("fc1_latent_proj", "ffn_latent_down", "latent", "hidden", optional=True),
        _of_experts("fc2_latent_proj", "ffn_latent_up", "hidden", "latent", optional=True),
    ),
    sizes=_expert_sizes,
    when=_has_experts,
)
