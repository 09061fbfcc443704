"""Step 3.5: zero-centred norms, to which mlx-lm adds 1 when it saves (sanitize), as GGUF wants it; gated heads.

Layers with a window have their own number of heads and rotate whole heads, the others half of each.
"""

from app.core.architectures.parts.saved import saved_changed
from app.core.architectures.parts.windows import FULL, SLIDING, WIDTH
from app.core.architectures.rope_factors import LLAMA3_CONTEXT, llama3_factors
from app.core.architectures.vocabulary import *

EVERY = "moe_every_n_layer"


def _kinds(config: Config) -> list[str]:
    """Of the layers without those that predict further tokens, which config.json lists as well."""
    return list(config["layer_types"][: config["num_hidden_layers"]])


def _by_kind(config: Config, full: Any, local: Any) -> list[Any]:
    """Of each layer the one or the other."""
    return [local if kind == SLIDING else full for kind in _kinds(config)]


def _counts(config: Config, name: str) -> list[int]:
    """Heads or groups of each layer."""
    other: Config = setting(config, "attention_other_setting") or {}
    return _by_kind(config, config[name], other.get(name, config[name]))


def _expert_layers(config: Config) -> list[int]:
    listed = setting(config, "moe_layers_enum")
    return sorted(int(i) for i in listed.split(",")) if listed else list(range(1, config["num_hidden_layers"]))


EXPERTS = Layers(lambda config, layer: layer in _expert_layers(config))


def _sizes(config: Config, layer: int) -> dict[str, int]:
    heads, groups = (_counts(config, name)[layer] for name in ("num_attention_heads", "num_attention_groups"))
    return {
        **decoder_sizes({**config, "num_attention_heads": heads, "num_key_value_heads": groups}),
        "experts": config["moe_num_experts"],
        "shared_intermediate": config["share_expert_dim"],
    }


def _bases(config: Config) -> tuple[float, float | None]:
    """Of full layers and of those with a window; the first two of a list: llama.cpp conversion/step3.py."""
    theta = config["rope_theta"]
    return (theta[0], theta[1]) if isinstance(theta, list) else (theta, None)


def _bases_fit(config: Config) -> bool:
    theta, expected = config["rope_theta"], _by_kind(config, *_bases(config))
    return not isinstance(theta, list) or theta[: len(expected)] == expected


def _factors(config: Config) -> tuple[float, ...]:
    """For the half of a full layer's head that rotates; the rest is 1."""
    head = config["head_dim"]
    factors = llama3_factors({**config, "head_dim": head // 2, "rope_theta": _bases(config)[0]})
    return (*factors, *(1.0 for _ in range(head // 2 - len(factors)))) if factors else ()


STEP35 = Architecture(
    name="Step 3.5",
    model_types=("step3p5",),
    gguf="step35",
    sources=("src/models/step35.cpp", "conversion/step3.py", "mlx_lm/models/step3p5.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    defaults={  # mlx-lm models/step3p5.py, ModelArgs
        **common(context=262144, epsilon=1e-5, theta=10000.0),
        "sliding_window": 512,
        "original_max_position_embeddings": LLAMA3_CONTEXT,  # transformers does not know the type, and fills in nothing
        "use_head_wise_attn_gate": True,
        "moe_num_experts": 288,
        "moe_top_k": 8,
        "moe_intermediate_size": 1280,
        "share_expert_dim": 1280,
        "moe_router_scaling_factor": 3.0,
        "norm_expert_weight": True,
    },
    parts=(
        saved_changed(decoder(PLUS_ONE)),
        saved_changed(norms(PLUS_ONE)),
        saved_changed(head_norms(PLUS_ONE)),
        attention(),
        gate_of_heads(layers=where("use_head_wise_attn_gate")),
        mlp(layers=EXPERTS.others),
        moe.router(("moe.gate", "mlp.gate.gate"), ("moe.router_bias", "mlp.gate.router_bias"), LAYER[:-1], EXPERTS),
        moe.stacked_experts(LAYER + "moe", saved=MLP + ".switch_mlp", layers=EXPERTS),
        saved_at(moe.shared_experts(LAYER + "share_expert", EXPERTS), LAYER, MLP + "."),
    ),
    metadata=(
        u32(Keys.Attention.HEAD_COUNT, value=lambda c: _counts(c, "num_attention_heads")),
        u32(Keys.Attention.HEAD_COUNT_KV, value=lambda c: _counts(c, "num_attention_groups")),
        f32(Keys.Rope.FREQ_BASE, "rope_theta", value=lambda c: _bases(c)[0]),
        f32(Keys.Rope.FREQ_BASE_SWA, "rope_theta", value=lambda c: _bases(c)[1]),
        WIDTH,
        flag(Keys.Attention.SLIDING_WINDOW_PATTERN, value=lambda c: _by_kind(c, False, True)),
        u32(Keys.LLM.EXPERT_COUNT, "moe_num_experts"),
        u32(Keys.LLM.EXPERT_USED_COUNT, "moe_top_k"),
        moe.EXPERT_LENGTH,
        u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "share_expert_dim"),
        f32(Keys.LLM.EXPERT_WEIGHTS_SCALE, "moe_router_scaling_factor"),
        flag(Keys.LLM.EXPERT_WEIGHTS_NORM, "norm_expert_weight"),
        u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, value=lambda c: min(_expert_layers(c), default=0)),
        u32(Keys.LLM.MOE_EVERY_N_LAYERS, EVERY, value=lambda c: int(setting(c, EVERY) or 1)),
        moe.limits(Keys.LLM.SWIGLU_CLAMP_EXP, "swiglu_limits"),
        moe.limits(Keys.LLM.SWIGLU_CLAMP_SHEXP, "swiglu_limits_shared"),
    ),
    computed=(ComputedTensor("rope_freqs.weight", _factors),),
    requirements=(
        SILU,
        rope_scaling("llama3"),
        Requirement(
            "yarn_only_types",
            text("rope scaling in full layers only"),
            lambda c: not c["rope_scaling"].get("rope_type") or c.get("yarn_only_types") == [FULL],
        ),
        Requirement("layer_types", text("layers of both kinds"), lambda c: {*_kinds(c)} == {SLIDING, FULL}),
        Requirement(
            "partial_rotary_factors",
            text("half of a head in full layers, whole heads in others"),
            lambda c: (setting(c, "partial_rotary_factors") or [])[: len(_kinds(c))] == _by_kind(c, 0.5, 1.0),
        ),
        Requirement("rope_theta", text("one base for full layers and one for others"), _bases_fit),
        one_of("moe_router_activation", "sigmoid"),
    ),
    sizes=_sizes,
)
