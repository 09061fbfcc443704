"""Gemma 4: heads of two sizes, layers that share keys and values, an embedding of its own per layer; or experts.

Experts are beside a feed-forward network: llama.cpp src/models/gemma4.cpp. mlx-lm splits their gates from what they
gate, llama.cpp's converter does not.
"""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    OnLayer,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "self_attn"
MODEL_TYPES = ("gemma4_text", "gemma4", "gemma4_unified")
UNROTATED = 1e30  # a frequency factor that stops a rotation: llama.cpp conversion/gemma.py, generate_extra_tensors
PERIOD = 6  # transformers models/gemma4/configuration_gemma4.py: every sixth layer, and the last one

# same file, Gemma4TextConfig
DEFAULTS = {
    "hidden_size": 2304,
    "intermediate_size": 9216,
    "num_hidden_layers": 30,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "layer_types": lambda config: [
        "sliding_attention" if (i + 1) % PERIOD and i + 1 < config["num_hidden_layers"] else "full_attention"
        for i in range(config["num_hidden_layers"])
    ],
    "global_head_dim": lambda config: _of_full_layers(config, "head_dim") or 512,
    "num_global_key_value_heads": lambda config: _of_full_layers(config, "num_key_value_heads"),
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1e6,
    "rope_local_base_freq": 1e4,
    "partial_rotary_factor": 0.25,
    "sliding_window": 512,
    "hidden_size_per_layer_input": 256,
    "final_logit_softcapping": 30.0,  # mlx-lm models/gemma4_text.py; null means none
    "num_kv_shared_layers": 0,
    "attention_k_eq_v": False,
    "use_double_wide_mlp": False,
    "enable_moe_block": False,
}


def _of_full_layers(config: Config, name: str) -> int | None:
    """transformers 5 may keep what full layers do differently in settings per layer."""
    for layer, own in (config.get("per_layer_config") or {}).items():
        if config["layer_types"][int(layer)] == "full_attention" and name in own:
            return int(own[name])
    return None


def _is_full(config: Config, layer: int) -> bool:
    return bool(config["layer_types"][layer] == "full_attention")


def _has_keys(config: Config, layer: int) -> bool:
    """The last layers use the keys and values of earlier ones."""
    return bool(layer < config["num_hidden_layers"] - config["num_kv_shared_layers"])


def _has_values(config: Config, layer: int) -> bool:
    return _has_keys(config, layer) and not (config["attention_k_eq_v"] and _is_full(config, layer))


def _has_inputs(config: Config, _layer: int) -> bool:
    return bool(config["hidden_size_per_layer_input"])


def _has_experts(config: Config, _layer: int) -> bool:
    return bool(config["enable_moe_block"])


def _sizes(config: Config, layer: int) -> dict[str, int]:
    head, kv_heads = config["head_dim"], config["num_key_value_heads"]
    if _is_full(config, layer):
        head = config["global_head_dim"]
        kv_heads = setting(config, "num_global_key_value_heads") or kv_heads
    inputs = setting(config, "hidden_size_per_layer_input") or 0
    expert_intermediate = setting(config, "expert_intermediate_size", "moe_intermediate_size") or 0
    wide = config["use_double_wide_mlp"] and not _has_keys(config, layer)
    return {
        **decoder_sizes(config, layer),
        "intermediate": config["intermediate_size"] * (2 if wide else 1),
        "head": head,
        "q_dim": head * config["num_attention_heads"],
        "kv_dim": head * kv_heads,
        "input": inputs,
        "inputs": inputs * config["num_hidden_layers"],
        "one": 1,
        "expert_intermediate": expert_intermediate,
        "2*expert_intermediate": 2 * expert_intermediate,
    }


def _matrix(name: str, rows: str, columns: str, layers: OnLayer = None) -> TensorRule:
    return TensorRule(f"{LAYER}{name}.weight", (rows, columns), layers=layers)


def _ends_with_inputs() -> tuple[TensorRule, ...]:
    """What is in no layer is asked for as if it were in the first one."""
    names = {
        "embed_tokens_per_layer.weight": ("vocabulary", "inputs"),
        "per_layer_model_projection.weight": ("inputs", "hidden"),
        "per_layer_projection_norm.weight": ("input",),
    }
    return tuple(TensorRule(f"model.{name}", shape, layers=_has_inputs) for name, shape in names.items())


def _experts() -> tuple[TensorRule, ...]:
    """llama.cpp conversion/gemma.py, Gemma4Model.modify_tensors, has names of its own for the scales."""
    at, norms = LAYER + "experts", ("pre_feedforward_layernorm_2", "post_feedforward_layernorm_1")
    rules = (
        TensorRule(LAYER + "router.proj.weight", ("experts", "hidden")),
        TensorRule(LAYER + "router.scale", ("hidden",), gguf="blk.{bid}.ffn_gate_inp.scale"),
        TensorRule(LAYER + "router.per_expert_scale", ("experts",), gguf="blk.{bid}.ffn_down_exps.scale"),
        TensorRule(
            f"{at}.gate_up_proj",
            ("experts", "2*expert_intermediate", "hidden"),
            split=(f"{at}.switch_glu.gate_proj.weight", f"{at}.switch_glu.up_proj.weight"),
            mapped=f"{at}.gate_up_proj.weight",
        ),
        TensorRule(
            f"{at}.down_proj",
            ("experts", "hidden", "expert_intermediate"),
            saved=f"{at}.switch_glu.down_proj.weight",
            mapped=f"{at}.down_proj.weight",
        ),
        *(vector(LAYER + name) for name in (*norms, "post_feedforward_layernorm_2")),
    )
    return tuple(replace(rule, layers=_has_experts) for rule in rules)


def _kinds_fit(config: Config) -> bool:
    """llama.cpp gives layers without keys those of the last two that have some: src/llama-model.cpp, create_memory."""
    kinds, shared = config["layer_types"], config["num_kv_shared_layers"]
    lenders = kinds[-shared - 2 : -shared] if shared else []
    return len(kinds) == config["num_hidden_layers"] and lenders in ([], ["sliding_attention", "full_attention"])


def _factors(config: Config) -> tuple[float, ...]:
    """Full layers rotate the first part of each half of a head only."""
    half = config["global_head_dim"] // 2
    rotated = int(config["global_head_dim"] * config["partial_rotary_factor"] / 2)
    return tuple([1.0] * rotated + [UNROTATED] * (half - rotated))


def _groups(config: Config) -> int | list[int]:
    sliding = config["num_key_value_heads"]
    full = setting(config, "num_global_key_value_heads") or sliding
    if full == sliding:
        return int(sliding)
    return [full if _is_full(config, i) else sliding for i in range(config["num_hidden_layers"])]


def _feed_forward(config: Config) -> int | list[int]:
    if not config["use_double_wide_mlp"]:
        return int(config["intermediate_size"])
    return [_sizes(config, i)["intermediate"] for i in range(config["num_hidden_layers"])]


def _slides(config: Config) -> list[bool]:
    return [kind == "sliding_attention" for kind in config["layer_types"]]


NORMS = ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm")

GEMMA4 = Architecture(
    name="Gemma 4",
    model_types=MODEL_TYPES,
    gguf="gemma4",
    vocabularies=dict.fromkeys(MODEL_TYPES, KnownVocabulary(bpe_of_pieces="gemma4")),
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/gemma4.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/gemma4_text.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,  # transformers Gemma4TextConfig
    defaults=DEFAULTS,
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    tensors=(
        *embedding_norm_head(),
        *_ends_with_inputs(),
        *(vector(LAYER + name) for name in NORMS),
        TensorRule(LAYER + "layer_scalar", ("one",), mapped=LAYER + "layer_scalar.weight"),
        _matrix("self_attn.q_proj", "q_dim", "hidden"),
        _matrix("self_attn.k_proj", "kv_dim", "hidden", _has_keys),
        _matrix("self_attn.v_proj", "kv_dim", "hidden", _has_values),
        _matrix("self_attn.o_proj", "hidden", "q_dim"),
        vector(f"{AT}.q_norm", "head"),
        vector(f"{AT}.k_norm", "head", layers=_has_keys),
        *without_biases(mlp()),
        _matrix("per_layer_input_gate", "input", "hidden", _has_inputs),
        _matrix("per_layer_projection", "hidden", "input", _has_inputs),
        vector(LAYER + "post_per_layer_input_norm", layers=_has_inputs),
        *_experts(),
    ),
    computed=(ComputedTensor("rope_freqs.weight", _factors),),
    metadata=(  # llama.cpp conversion/gemma.py, Gemma4Model.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=_feed_forward),
        # without the key llama.cpp caps at 30 (src/llama-hparams.h), which its converter does not know
        ConfigRow(
            Keys.LLM.FINAL_LOGIT_SOFTCAPPING,
            F32,
            ("final_logit_softcapping",),
            value=lambda c: setting(c, "final_logit_softcapping") or 0.0,
        ),
        ConfigRow(
            Keys.Attention.HEAD_COUNT_KV, U32, ("num_global_key_value_heads", "num_key_value_heads"), value=_groups
        ),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW_PATTERN, BOOL, value=_slides),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("expert_intermediate_size", "moe_intermediate_size")),
        ConfigRow("{arch}.attention.shared_kv_layers", U32, ("num_kv_shared_layers",)),
        ConfigRow(
            "{arch}.embedding_length_per_layer_input", U32, value=lambda c: c["hidden_size_per_layer_input"] or 0
        ),
        ConfigRow(Keys.Attention.KEY_LENGTH, U32, ("global_head_dim",)),
        ConfigRow(Keys.Attention.VALUE_LENGTH, U32, ("global_head_dim",)),
        ConfigRow("{arch}.attention.key_length_swa", U32, ("head_dim",)),
        ConfigRow("{arch}.attention.value_length_swa", U32, ("head_dim",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("global_head_dim",)),
        ConfigRow("{arch}.rope.dimension_count_swa", U32, ("head_dim",)),
    ),
    requirements=(
        one_of("hidden_activation", "gelu_pytorch_tanh"),
        never("attention_bias", text("attention without biases")),
        one_of("use_bidirectional_attention", "vision"),
        rope_scaling("proportional"),
        Requirement("layer_types", text("a sliding and a full layer before those that share their keys"), _kinds_fit),
    ),
    sizes=_sizes,
)

FAMILIES = (GEMMA4,)
