"""K-EXAONE: EXAONE 4's attention, norms before instead of after, experts beside shared ones behind dense layers."""

from app.core.architectures.vocabulary import *


def _dense_count(config: Config) -> int:
    count = setting(config, "first_k_dense_replace", "first_last_k_dense_replace")
    return 1 if count is None else int(count)


EXPERTS = Layers(lambda config, layer: layer >= _dense_count(config))


def _experts_fit(config: Config) -> bool:
    usual = EXPERTS.flags(config)
    kinds = config.get("mlp_layer_types")
    named = None if kinds is None else [kind == "sparse" for kind in kinds]
    return config.get("is_moe_layer") in (None, usual) and named in (None, usual)


def _window_fits(config: Config) -> bool:
    pattern = windows.slides_by_period(config) or []
    return len(pattern) == config["num_hidden_layers"] and any(pattern)


EXAONE_MOE = Architecture(
    name="EXAONE MoE",
    model_types=("exaone_moe",),
    gguf="exaone-moe",
    sources=("src/models/exaone-moe.cpp", "conversion/exaone.py", "mlx_lm/models/exaone_moe.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    defaults={  # transformers models/exaone_moe/configuration_exaone_moe.py, ExaoneMoeConfig
        "rope_theta": 10000.0,
        "sliding_window_pattern": 4,
        "norm_topk_prob": True,
        "routed_scaling_factor": 2.5,
        "n_group": 1,
        "topk_group": 1,
        "scoring_func": "sigmoid",  # neither the published implementation nor mlx-lm knows another one
    },
    parts=(
        decoder(),
        norms(),
        attention(),
        head_norms(),
        mlp(layers=EXPERTS.others),
        moe.router(bias=("e_score_correction_bias", moe.CORRECTION), layers=EXPERTS),
        moe.experts(layers=EXPERTS),
        moe.shared_experts(layers=EXPERTS, count="num_shared_experts"),
        rope("llama3"),
    ),
    metadata=(  # llama.cpp conversion/exaone.py, ExaoneMoEModel.set_gguf_parameters
        VOCAB_SIZE,
        windows.WIDTH,
        windows.PATTERN_BY_PERIOD,
        moe.EXPERT_LENGTH,
        moe.SHARED_NUMBER,
        u32(
            Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH,
            value=lambda c: c["moe_intermediate_size"] * c["num_shared_experts"],
        ),
        moe.SCALE,
        moe.NORMALIZED,
        u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, value=_dense_count),
        constant(Keys.LLM.NEXTN_PREDICT_LAYERS, 0),  # mlx-lm drops them
        rows.NO_SCALING,
    ),
    requirements=(
        SILU,
        *fixed(scoring_func="sigmoid", topk_method="noaux_tc"),
        Requirement("sliding_window", text("a window in some layers, and rope only there"), _window_fits),
        Requirement("is_moe_layer", text("experts in all layers but the first ones"), _experts_fit),
        has("num_shared_experts", text("shared experts beside the others")),
    ),
)
