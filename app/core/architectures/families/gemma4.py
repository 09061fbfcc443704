"""Gemma 4: heads of two sizes, layers that share keys and values, an embedding of its own per layer; or experts.

Experts are beside a feed-forward network: llama.cpp src/models/gemma4.cpp. mlx-lm splits their gates from what they
gate, llama.cpp's converter does not.
"""

from app.core.architectures.vocabulary import *

EXPERT = f"{LAYER}experts"
MODEL_TYPES = ("gemma4_text", "gemma4", "gemma4_unified", "gemma4_unified_text")
UNROTATED = 1e30  # a frequency factor that stops a rotation: llama.cpp conversion/gemma.py, generate_extra_tensors
PERIOD = 6  # every sixth layer sees everything, and the last one: transformers configuration_gemma4.py

FULL = of_kind(windows.FULL)
# The last layers use the keys and values of earlier ones; full layers may use their keys as values
KEYS = Layers(lambda config, layer: layer < config["num_hidden_layers"] - config["num_kv_shared_layers"])
VALUES = KEYS & (FULL & where("attention_k_eq_v")).others
INPUTS, EXPERTS = where("hidden_size_per_layer_input"), where("enable_moe_block")


def _usual_kinds(config: Config) -> list[str]:
    """mlx-lm reads sliding_window_pattern where layer_types is silent; transformers does not."""
    if period := setting(config, "sliding_window_pattern"):
        return windows.full_every(period)(config)
    return [*windows.full_every(PERIOD)(config)[:-1], windows.FULL]


def _of_full_layers(config: Config, name: str) -> int | None:
    """transformers 5 may keep what full layers do differently in settings per layer."""
    own = (config.get("per_layer_config") or {}).items()
    return next((int(values[name]) for i, values in own if FULL(config, int(i)) and name in values), None)


def _width(config: Config, layer: int) -> int:
    width: int = config["intermediate_size"]
    return width * (2 if config["use_double_wide_mlp"] and not KEYS(config, layer) else 1)


def _feed_forward(config: Config) -> int | list[int]:
    if not config["use_double_wide_mlp"]:
        return int(config["intermediate_size"])
    return [_width(config, i) for i in range(config["num_hidden_layers"])]


def _kv_heads(config: Config, layer: int) -> int:
    sliding: int = config["num_key_value_heads"]
    return (setting(config, "num_global_key_value_heads") or sliding) if FULL(config, layer) else sliding


def _groups(config: Config) -> int | list[int]:
    sliding = config["num_key_value_heads"]
    if (setting(config, "num_global_key_value_heads") or sliding) == sliding:
        return int(sliding)
    return [_kv_heads(config, i) for i in range(config["num_hidden_layers"])]


def _sizes(config: Config, layer: int) -> dict[str, int]:
    head = config["global_head_dim" if FULL(config, layer) else "head_dim"]
    expert_intermediate = setting(config, "expert_intermediate_size", "moe_intermediate_size") or 0
    return {
        "intermediate": _width(config, layer),
        "head": head,
        "q_dim": head * config["num_attention_heads"],
        "kv_dim": head * _kv_heads(config, layer),
        "one": 1,
        "expert_intermediate": expert_intermediate,
        "2*expert_intermediate": 2 * expert_intermediate,
    }


def _kinds_fit(config: Config) -> bool:
    """llama.cpp gives layers without keys those of the last two that have some: src/llama-model.cpp, create_memory."""
    kinds, shared = config["layer_types"], config["num_kv_shared_layers"]
    lenders = kinds[-shared - 2 : -shared] if shared else []
    return len(kinds) == config["num_hidden_layers"] and lenders in ([], [windows.SLIDING, windows.FULL])


def _factors(config: Config) -> tuple[float, ...]:
    """Full layers rotate the first part of each half of a head only."""
    half = config["global_head_dim"] // 2
    rotated = int(config["global_head_dim"] * config["partial_rotary_factor"] / 2)
    return tuple([1.0] * rotated + [UNROTATED] * (half - rotated))


GEMMA4 = Architecture(
    name="Gemma 4",
    model_types=MODEL_TYPES,
    gguf="gemma4",
    vocabularies=dict.fromkeys(MODEL_TYPES, KnownVocabulary(bpe_of_pieces="gemma4")),
    sources=("src/models/gemma4.cpp", "conversion/gemma.py", "mlx_lm/models/gemma4_text.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    defaults={  # transformers models/gemma4/configuration_gemma4.py, Gemma4TextConfig
        **lengths(layers=30, hidden=2304, intermediate=9216, heads=8, kv_heads=4, head=256),
        "layer_types": _usual_kinds,
        "global_head_dim": lambda config: _of_full_layers(config, "head_dim") or 512,
        "num_global_key_value_heads": lambda config: _of_full_layers(config, "num_key_value_heads"),
        **common(context=131072, epsilon=1e-6, theta=1e6),
        "rope_local_base_freq": 1e4,
        "partial_rotary_factor": 0.25,
        "sliding_window": 512,
        "hidden_size_per_layer_input": 256,
        "final_logit_softcapping": 30.0,  # mlx-lm models/gemma4_text.py; null means none
        "num_kv_shared_layers": 0,
        "attention_k_eq_v": False,
        "use_double_wide_mlp": False,
        "enable_moe_block": False,
    },
    parts=(
        decoder(),
        gemma.input_tables(layers=INPUTS),
        norms(names=FOUR_NORMS),
        Part.of(
            tensor(f"{LAYER}layer_scalar", "layer_output_scale.weight", "one"),
            *matrix(f"{ATTENTION}.q_proj", "attn_q", "q_dim", "hidden"),
            *matrix(f"{ATTENTION}.k_proj", "attn_k", "kv_dim", "hidden", layers=KEYS),
            *matrix(f"{ATTENTION}.v_proj", "attn_v", "kv_dim", "hidden", layers=VALUES),
            *matrix(f"{ATTENTION}.o_proj", "attn_output", "hidden", "q_dim"),
            *matrix(f"{ATTENTION}.q_norm", "attn_q_norm", "head"),
            *matrix(f"{ATTENTION}.k_norm", "attn_k_norm", "head", layers=KEYS),
        ),
        mlp(),
        gemma.layer_inputs(INPUTS),
        moe.router("proj", at=f"{LAYER}router", layers=EXPERTS),
        Part.of(  # llama.cpp conversion/gemma.py, Gemma4Model.modify_tensors, has names of its own for the scales
            tensor(f"{LAYER}router.scale", "ffn_gate_inp.scale", "hidden", layers=EXPERTS),
            tensor(f"{LAYER}router.per_expert_scale", "ffn_down_exps.scale", "experts", layers=EXPERTS),
            TensorRule(
                f"{EXPERT}.gate_up_proj",
                ("experts", "2*expert_intermediate", "hidden"),
                split=(f"{EXPERT}.switch_glu.gate_proj.weight", f"{EXPERT}.switch_glu.up_proj.weight"),
                gguf="ffn_gate_up_exps.weight",
                layers=EXPERTS,
            ),
            TensorRule(
                f"{EXPERT}.down_proj",
                ("experts", "hidden", "expert_intermediate"),
                saved=f"{EXPERT}.switch_glu.down_proj.weight",
                gguf="ffn_down_exps.weight",
                layers=EXPERTS,
            ),
            *matrix(f"{LAYER}pre_feedforward_layernorm_2", "pre_ffw_norm_2", "hidden", layers=EXPERTS),
            *matrix(f"{LAYER}post_feedforward_layernorm_1", "post_ffw_norm_1", "hidden", layers=EXPERTS),
            *matrix(f"{LAYER}post_feedforward_layernorm_2", "post_ffw_norm_2", "hidden", layers=EXPERTS),
        ),
    ),
    computed=(ComputedTensor("rope_freqs.weight", _factors),),
    metadata=(  # llama.cpp conversion/gemma.py, Gemma4Model.set_gguf_parameters
        u32(Keys.LLM.FEED_FORWARD_LENGTH, value=_feed_forward),
        # without the key llama.cpp caps at 30 (src/llama-hparams.h), which its converter does not know
        replace(gemma.SOFT_CAP, value=lambda c: setting(c, "final_logit_softcapping") or 0.0),
        u32(Keys.Attention.HEAD_COUNT_KV, "num_global_key_value_heads", "num_key_value_heads", value=_groups),
        windows.WIDTH,
        windows.PATTERN,
        u32(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, "expert_intermediate_size", "moe_intermediate_size"),
        gemma.SHARED_KEYS,
        u32("{arch}.embedding_length_per_layer_input", value=lambda c: c["hidden_size_per_layer_input"] or 0),
        *rows.head_lengths("global_head_dim"),
        u32("{arch}.attention.key_length_swa", "head_dim"),
        u32("{arch}.attention.value_length_swa", "head_dim"),
        u32(Keys.Rope.DIMENSION_COUNT, "global_head_dim"),
        u32("{arch}.rope.dimension_count_swa", "head_dim"),
    ),
    requirements=(
        gemma.GELU,
        HALVES,
        never("attention_bias", text("attention without biases")),
        one_of("use_bidirectional_attention", "vision"),
        rope_scaling("proportional"),
        Requirement("layer_types", text("a sliding and a full layer before those that share their keys"), _kinds_fit),
    ),
    sizes=_sizes,
)
