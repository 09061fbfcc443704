"""MiMo V2: two kinds of attention layers with their own number of keys, values narrower than keys, sinks."""

from operator import itemgetter

from app.core.architectures.vocabulary import *

WITH_WINDOW = Layers(lambda config, layer: config["hybrid_layer_pattern"][layer] == 1)
EXPERTS = Layers(lambda config, layer: config["moe_layer_freq"][layer] == 1)


def _has_sinks(config: Config, layer: int) -> bool:
    kind = "swa" if WITH_WINDOW(config, layer) else "full"
    return bool(config.get(f"add_{kind}_attention_sink_bias"))


def _group_count(config: Config, layer: int) -> int:
    return int(config["swa_num_key_value_heads" if WITH_WINDOW(config, layer) else "num_key_value_heads"])


def _sizes(config: Config, layer: int) -> dict[str, int]:
    kv_heads, value = _group_count(config, layer), config["v_head_dim"]
    return {
        **decoder_sizes({**config, "num_key_value_heads": kv_heads}),
        "values": kv_heads * value,
        "heads*value": config["num_attention_heads"] * value,
    }


def _pattern_fits(config: Config) -> bool:
    pattern = config["hybrid_layer_pattern"]
    return len(pattern) == config["num_hidden_layers"] and set(pattern) == {0, 1}


MIMO2 = Architecture(
    name="MiMo V2",
    model_types=("mimo_v2_flash",),
    gguf="mimo2",
    sources=("src/models/mimo2.cpp", "conversion/mimo.py", "mlx_lm/models/mimo_v2_flash.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    # transformers models/mimo_v2_flash/configuration_mimo_v2_flash.py, MiMoV2FlashConfig
    defaults={"swa_num_key_value_heads": lambda config: config["num_key_value_heads"]},
    parts=(
        decoder(),
        norms(),
        Part.of(
            tensor(f"{ATTENTION}.q_proj.weight", "attn_q.weight", "q_dim", "hidden"),
            tensor(f"{ATTENTION}.k_proj.weight", "attn_k.weight", "kv_dim", "hidden"),
            tensor(f"{ATTENTION}.v_proj.weight", "attn_v.weight", "values", "hidden"),
            tensor(f"{ATTENTION}.o_proj.weight", "attn_output.weight", "hidden", "heads*value"),
            tensor(f"{ATTENTION}.attention_sink_bias", "attn_sinks.weight", "heads", layers=_has_sinks),
        ),
        mlp(layers=EXPERTS.others),
        moe.router(bias=moe.CORRECTION, layers=EXPERTS),
        moe.experts(layers=EXPERTS),
        rope(by="mlx-lm"),
    ),
    metadata=(
        u32(Keys.Attention.HEAD_COUNT_KV, value=lambda c: [_group_count(c, i) for i in range(c["num_hidden_layers"])]),
        # mlx-lm reads sliding_window_size; transformers 5 adds 1 to it for its own sliding_window
        u32(Keys.Attention.SLIDING_WINDOW, "sliding_window_size", "sliding_window"),
        u32(Keys.Attention.SLIDING_WINDOW_PATTERN, "hybrid_layer_pattern", value=itemgetter("hybrid_layer_pattern")),
        u32(Keys.Attention.VALUE_LENGTH, "v_head_dim"),
        moe.EXPERT_LENGTH,
        share_of_head(),
        f32(Keys.Attention.LAYERNORM_RMS_EPS, "layernorm_epsilon"),
        f32("{arch}.attention.value_scale", "attention_value_scale"),  # gguf 0.19 has no name for this key
    ),
    requirements=(
        SILU,
        NO_OUTPUT_BIAS,
        *(equal(f"swa_{name}", name) for name in ("num_attention_heads", "head_dim", "v_head_dim")),
        *fixed(scoring_func="sigmoid", topk_method="noaux_tc", norm_topk_prob=True, routed_scaling_factor=1.0),
        never("n_shared_experts", text("experts without shared ones")),
        Requirement("hybrid_layer_pattern", text("layers of both kinds"), _pattern_fits),
    ),
    sizes=_sizes,
)
