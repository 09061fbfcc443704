"""Jamba: Mamba in most layers, attention without positions in a few; experts in every other feed-forward network."""

from app.core.architectures.vocabulary import *

FORWARD = LAYER + "feed_forward"
EXPANSION = 2  # llama.cpp src/models/jamba.cpp
MAMBA = ssm.Mamba(inner=lambda config: config["mamba_expand"] * config["hidden_size"])
FULL = Layers(lambda config, layer: layer % config["attn_layer_period"] == config["attn_layer_offset"])
EXPERTS = Layers(
    lambda config, layer: (
        config["num_experts"] > 1 and layer % config["expert_layer_period"] == config["expert_layer_offset"]
    )
)


def _kinds_fit(config: Config) -> bool:
    kinds = ["attention" if is_full else "mamba" for is_full in FULL.flags(config)]
    return config.get("layers_block_type") in (None, kinds)


JAMBA = Architecture(
    name="Jamba",
    model_types=("jamba",),
    gguf="jamba",
    sources=("src/models/jamba.cpp", "conversion/jamba.py", "mlx_lm/models/jamba.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),  # transformers JambaConfig
    defaults={"mamba_dt_rank": "auto"},  # transformers models/jamba/configuration_jamba.py, JambaConfig
    parts=(
        decoder(norm="model.final_layernorm", keeps=lambda _: False),  # has rows of its own
        norms(names={"input_layernorm": "attn_norm", "pre_ff_layernorm": "ffn_norm"}),
        attention(layers=FULL),
        MAMBA.part(layers=FULL.others, norms=True),
        moe.router("router", at=FORWARD, layers=EXPERTS),
        moe.experts(FORWARD, layers=EXPERTS),
        mlp(FORWARD, layers=EXPERTS.others),
    ),
    metadata=(
        *rows.FIRST,
        rows.only_in(FULL, Keys.Attention.HEAD_COUNT_KV, "num_key_value_heads", I32),
        ssm.KERNEL,
        u32(Keys.SSM.INNER_SIZE, value=MAMBA.inner),
        ssm.STATE,
        u32(Keys.SSM.TIME_STEP_RANK, "mamba_dt_rank", value=MAMBA.rank_of),
        rows.RMS_EPSILON,
        u32(Keys.LLM.EXPERT_COUNT, "num_experts"),
        u32(Keys.LLM.EXPERT_USED_COUNT, "num_experts_per_tok"),
    ),
    requirements=(
        SILU,
        one_of("mamba_expand", EXPANSION),
        CONVOLUTION_BIAS,
        never("mamba_proj_bias", text("projections without biases")),
        never("sliding_window", text("attention to everything")),
        Requirement("layers_block_type", text("attention where attn_layer_period and _offset say"), _kinds_fit),
        even_heads(),
    ),
    sizes=moe.expert_size("intermediate_size"),
)
