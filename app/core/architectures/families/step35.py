"""Step 3.5: zero-centred norms, to which mlx-lm adds 1 when it saves, as GGUF wants it; a gate for each head.

Layers with a window have their own number of heads and rotate whole heads, the others half of each.
"""

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, PROJECTIONS, decoder_sizes
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import NOTHING, AddConstant, on_values
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.architectures.rope_factors import LLAMA3_CONTEXT, llama3_factors
from app.core.text import text

SLIDING, FULL = "sliding_attention", "full_attention"
PLUS_ONE = on_values(
    AddConstant(1.0)
)  # llama.cpp conversion/step3.py, modify_tensors; mlx-lm models/step3p5.py, sanitize

# mlx-lm models/step3p5.py, ModelArgs
DEFAULTS = {
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 262144,
    "sliding_window": 512,
    "original_max_position_embeddings": LLAMA3_CONTEXT,  # transformers does not know the type, and fills in nothing
    "use_head_wise_attn_gate": True,
    "moe_num_experts": 288,
    "moe_top_k": 8,
    "moe_intermediate_size": 1280,
    "share_expert_dim": 1280,
    "moe_router_scaling_factor": 3.0,
    "norm_expert_weight": True,
}


def _kinds(config: Config) -> list[str]:
    """Of the layers without those that predict further tokens, which config.json lists as well."""
    return list(config["layer_types"][: config["num_hidden_layers"]])


def _counts(config: Config, name: str) -> list[int]:
    """Heads or groups of each layer."""
    other: Config = setting(config, "attention_other_setting") or {}
    full, local = config[name], other.get(name, config[name])
    return [local if kind == SLIDING else full for kind in _kinds(config)]


def _sizes(config: Config, layer: int) -> dict[str, int]:
    heads = _counts(config, "num_attention_heads")[layer]
    groups = _counts(config, "num_attention_groups")[layer]
    return {
        **decoder_sizes({**config, "num_attention_heads": heads, "num_key_value_heads": groups}, layer),
        "experts": config["moe_num_experts"],
        "shared_intermediate": config["share_expert_dim"],
    }


def _expert_layers(config: Config) -> list[int]:
    listed = setting(config, "moe_layers_enum")
    return sorted(int(i) for i in listed.split(",")) if listed else list(range(1, config["num_hidden_layers"]))


def _has_experts(config: Config, layer: int) -> bool:
    return layer in _expert_layers(config)


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _has_gate(config: Config, _layer: int) -> bool:
    return bool(config["use_head_wise_attn_gate"])


def _norm(name: str, length: str = "hidden") -> TensorRule:
    return TensorRule(f"{name}.weight", (length,), PLUS_ONE, saved=f"{name}.weight", remaining=NOTHING)


AT = LAYER + "self_attn"
LENGTHS = {
    "gate_proj": ("intermediate", "hidden"),
    "up_proj": ("intermediate", "hidden"),
    "down_proj": ("hidden", "intermediate"),
}
TENSORS = (
    TensorRule("model.embed_tokens.weight", ("vocabulary", "hidden")),
    _norm("model.norm"),
    TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
    _norm(LAYER + "input_layernorm"),
    _norm(LAYER + "post_attention_layernorm"),
    _norm(f"{AT}.q_norm", "head"),
    _norm(f"{AT}.k_norm", "head"),
    TensorRule(f"{AT}.q_proj.weight", ("q_dim", "hidden")),
    TensorRule(f"{AT}.k_proj.weight", ("kv_dim", "hidden")),
    TensorRule(f"{AT}.v_proj.weight", ("kv_dim", "hidden")),
    TensorRule(f"{AT}.o_proj.weight", ("hidden", "q_dim")),
    TensorRule(f"{AT}.g_proj.weight", ("heads", "hidden"), layers=_has_gate),
    *(TensorRule(f"{LAYER}mlp.{name}.weight", shape, layers=_is_dense) for name, shape in LENGTHS.items()),
    TensorRule(
        LAYER + "moe.gate.weight", ("experts", "hidden"), saved=LAYER + "mlp.gate.gate.weight", layers=_has_experts
    ),
    TensorRule(
        LAYER + "moe.router_bias",
        ("experts",),
        saved=LAYER + "mlp.gate.router_bias",
        mapped=LAYER + "moe.router_bias.bias",
        layers=_has_experts,
    ),
    *(
        TensorRule(
            f"{LAYER}moe.{name}.weight",
            ("experts", *shape),
            saved=f"{LAYER}mlp.switch_mlp.{name}.weight",
            layers=_has_experts,
        )
        for name, shape in PROJECTIONS.items()
    ),
    *(
        TensorRule(
            f"{LAYER}share_expert.{name}.weight",
            tuple(length.replace("intermediate", "shared_intermediate") for length in shape),
            saved=f"{LAYER}mlp.share_expert.{name}.weight",
            layers=_has_experts,
        )
        for name, shape in LENGTHS.items()
    ),
)


def _bases(config: Config) -> tuple[float, float | None]:
    """Of full layers and of those with a window; the first two of a list: llama.cpp conversion/step3.py."""
    theta = config["rope_theta"]
    return (theta[0], theta[1]) if isinstance(theta, list) else (theta, None)


def _bases_fit(config: Config) -> bool:
    theta, (full, local) = config["rope_theta"], _bases(config)
    kinds = _kinds(config)
    expected = [local if kind == SLIDING else full for kind in kinds]
    return not isinstance(theta, list) or theta[: len(kinds)] == expected


def _rotary_fits(config: Config) -> bool:
    factors = [1.0 if kind == SLIDING else 0.5 for kind in _kinds(config)]
    return bool((setting(config, "partial_rotary_factors") or [])[: len(factors)] == factors)


def _scaling_fits(config: Config) -> bool:
    return not config["rope_scaling"].get("rope_type") or config.get("yarn_only_types") == [FULL]


def _factors(config: Config) -> tuple[float, ...]:
    """For the half of a full layer's head that rotates; the rest is 1."""
    head = config["head_dim"]
    factors = llama3_factors({**config, "head_dim": head // 2, "rope_theta": _bases(config)[0]})
    return (*factors, *(1.0 for _ in range(head // 2 - len(factors)))) if factors else ()


def _limits(name: str) -> ConfigRow:
    def limits(config: Config) -> list[float] | None:
        given = setting(config, f"swiglu_limits{name}")
        count = config["num_hidden_layers"]
        return None if given is None else [float(limit or 0) for limit in [*given, *[0.0] * count][:count]]

    return ConfigRow(Keys.LLM.SWIGLU_CLAMP_SHEXP if name else Keys.LLM.SWIGLU_CLAMP_EXP, F32, value=limits)


STEP35 = Architecture(
    name="Step 3.5",
    model_types=("step3p5",),
    gguf="step35",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/step35.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/step3p5.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=TENSORS,
    metadata=(  # llama.cpp conversion/step3.py, Step35Model.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, value=lambda c: _counts(c, "num_attention_heads")),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, value=lambda c: _counts(c, "num_attention_groups")),
        ConfigRow(Keys.Rope.FREQ_BASE, F32, ("rope_theta",), value=lambda c: _bases(c)[0]),
        ConfigRow(Keys.Rope.FREQ_BASE_SWA, F32, ("rope_theta",), value=lambda c: _bases(c)[1]),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW_PATTERN, BOOL, value=lambda c: [k == SLIDING for k in _kinds(c)]),
        ConfigRow(Keys.LLM.EXPERT_COUNT, U32, ("moe_num_experts",)),
        ConfigRow(Keys.LLM.EXPERT_USED_COUNT, U32, ("moe_top_k",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, ("share_expert_dim",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("moe_router_scaling_factor",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_expert_weight",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, value=lambda c: min(_expert_layers(c), default=0)),
        ConfigRow(
            Keys.LLM.MOE_EVERY_N_LAYERS,
            U32,
            ("moe_every_n_layer",),
            value=lambda c: int(setting(c, "moe_every_n_layer") or 1),
        ),
        _limits(""),
        _limits("_shared"),
    ),
    computed=(ComputedTensor("rope_freqs.weight", _factors),),
    requirements=(  # llama.cpp src/models/step35.cpp
        one_of("hidden_act", "silu"),
        rope_scaling("llama3"),
        Requirement("yarn_only_types", text("rope scaling in full layers only"), _scaling_fits),
        Requirement(
            "layer_types", text("layers of both kinds"), lambda c: {*_kinds(c)} == {SLIDING, FULL} and bool(_kinds(c))
        ),
        Requirement(
            "partial_rotary_factors", text("half of a head in full layers, whole heads in others"), _rotary_fits
        ),
        Requirement("rope_theta", text("one base for full layers and one for others"), _bases_fit),
        one_of("moe_router_activation", "sigmoid"),
    ),
    sizes=_sizes,
)

FAMILIES = (STEP35,)
