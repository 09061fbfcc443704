"""Laguna: attention with a gate for each head, whose number may change from layer to layer; sigmoid experts."""

from operator import itemgetter

from app.core.architectures.vocabulary import *

PER_LAYER = "num_attention_heads_per_layer"
PERIOD = 4  # llama.cpp src/models/laguna.cpp, load_swa_pattern: the first of four layers sees everything


def _dense_count(config: Config) -> int:
    kinds = config["mlp_layer_types"]
    return next((i for i, kind in enumerate(kinds) if kind != "dense"), len(kinds))


EXPERTS = Layers(lambda config, layer: layer >= _dense_count(config))


def _experts_fit(config: Config) -> bool:
    kinds = config["mlp_layer_types"]
    return len(kinds) == config["num_hidden_layers"] and set(kinds[_dense_count(config) :]) == {"sparse"}


def _pattern_fits(config: Config) -> bool:
    layers = range(config["num_hidden_layers"])
    period = PERIOD if setting(config, "sliding_window") else 1
    return bool(config["layer_types"] == ["sliding_attention" if i % period else "full_attention" for i in layers])


def _local_rotary(config: Config) -> int | None:
    has_local_rope = setting(config, "rope_local_base_freq") is not None
    return int(config["head_dim"] * config["local_partial_rotary_factor"]) if has_local_rope else None


LAGUNA = Architecture(
    name="Laguna",
    model_types=("laguna",),
    gguf="laguna",
    sources=("src/models/laguna.cpp", "conversion/laguna.py", "mlx_lm/models/laguna.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={  # transformers models/laguna/configuration_laguna.py, LagunaConfig
        **lengths(layers=40, hidden=2048, intermediate=8192, heads=48, kv_heads=8, head=128),
        **common(context=131072, epsilon=1e-6, theta=500000.0),
        "partial_rotary_factor": 0.5,
        "local_partial_rotary_factor": 1.0,
        "sliding_window": 512,
        "gating": True,
        **moe.numbers(width=512, used=8, shared_expert_intermediate_size=512, num_experts=256),
        "moe_routed_scaling_factor": 1.0,
        "layer_types": lambda config: ["full_attention"] * config["num_hidden_layers"],
        "mlp_layer_types": lambda config: ["dense"] + ["sparse"] * (config["num_hidden_layers"] - 1),
        PER_LAYER: lambda config: [config["num_attention_heads"]] * config["num_hidden_layers"],
    },
    parts=(
        ends(),
        norms(),
        attention("qkv"),
        head_norms(),
        gate_of_heads(),
        mlp(layers=EXPERTS.others),
        moe.router(("gate", "gate.proj"), bias=("experts.e_score_correction_bias", moe.CORRECTION), layers=EXPERTS),
        moe.experts(layers=EXPERTS),
        moe.shared_experts(MLP + ".shared_expert", EXPERTS),
        rope("linear", "yarn"),
    ),
    metadata=(
        *DECODER_METADATA,
        VOCAB_SIZE,
        u32(Keys.Attention.HEAD_COUNT, PER_LAYER, value=itemgetter(PER_LAYER)),
        u32(Keys.Attention.SLIDING_WINDOW, "sliding_window", value=lambda c: setting(c, "sliding_window") or None),
        moe.EXPERT_LENGTH,
        moe.SHARED_LENGTH,
        constant(Keys.LLM.EXPERT_WEIGHTS_NORM, True),
        f32(Keys.LLM.EXPERT_WEIGHTS_SCALE, "moe_routed_scaling_factor"),
        moe.ALWAYS_SIGMOID,
        u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, value=_dense_count),
        share_of_head(),
        u32(Keys.Rope.DIMENSION_COUNT_SWA, value=_local_rotary),
    ),
    requirements=(
        SILU,
        NO_OUTPUT_BIAS,
        rope_scaling(of="local_rope_scaling"),
        Requirement(
            "rope_parameters",
            text("rope of layers with a window that is said"),
            lambda c: not setting(c, "sliding_window") or setting(c, "rope_local_base_freq") is not None,
        ),
        one_of("gating", True, "per-head"),  # another gate does not load in mlx-lm
        one_of("moe_router_score_func", "sigmoid"),
        never("moe_router_logit_softcapping", text("scores of experts without soft-capping")),
        never("moe_apply_router_weight_on_input", text("weights of experts on their output")),
        Requirement("mlp_layer_types", text("dense layers before those with experts"), _experts_fit),
        Requirement(
            "layer_types", text("full attention in the first of four layers, or no sliding window"), _pattern_fits
        ),
        Requirement(
            PER_LAYER, text("one number for each layer"), lambda c: len(c[PER_LAYER]) == c["num_hidden_layers"]
        ),
    ),
    sizes=lambda config, layer: decoder_sizes({**config, "num_attention_heads": config[PER_LAYER][layer]}),
)
