"""Gemma 3 text models. Norms are stored zero-centred: MLX and transformers add 1 when they run, GGUF holds the sum."""

from collections.abc import Mapping

from gguf import MODEL_ARCH, GGUFValueType, Keys

from app.core.architectures.architecture import (
    Architecture,
    Config,
    ConfigRow,
    Head,
    MlxHead,
    Size,
    TensorRule,
)
from app.core.architectures.config_dialects import setting
from app.core.architectures.ops import AddConstant
from app.core.findings import Finding, stop

U32, F32 = GGUFValueType.UINT32, GGUFValueType.FLOAT32
HIDDEN, HEAD_SIZE = (Size.HIDDEN,), (Size.HEAD,)
PLUS_ONE = (AddConstant(1.0),)  # llama.cpp conversion/gemma.py, norm_shift

# Values that config.json may leave out: transformers models/gemma3/configuration_gemma3.py, Gemma3TextConfig.
LAYERS, HEADS, KV_HEADS, HEAD_DIM, WIDTH, FEED_FORWARD = 26, 8, 4, 256, 2304, 9216
CONTEXT, EPSILON, WINDOW, ROPE, LOCAL_ROPE, QUERY_SCALAR = 131072, 1e-6, 4096, 1e6, 1e4, 256
PATTERN = 6  # every sixth layer sees everything; llama.cpp src/models/gemma3.cpp, load_swa_pattern
LAYERS_OF_27B = 62  # the one size whose attention scale is not 1/sqrt(head_dim); same file

TEXT_ONLY = "it belongs to the vision part, and this file holds the text model only"


def _sizes(config: Config) -> Mapping[Size, int]:
    head = setting(config, ("head_dim",), HEAD_DIM)
    return {
        Size.HIDDEN: setting(config, ("hidden_size",), WIDTH),
        Size.FEED_FORWARD: setting(config, ("intermediate_size",), FEED_FORWARD),
        Size.HEAD: head,
        Size.QUERIES: head * setting(config, ("num_attention_heads",), HEADS),
        Size.KEYS: head * setting(config, ("num_key_value_heads",), KV_HEADS),
    }


def _refusals(config: Config) -> tuple[Finding, ...]:
    """Settings that llama.cpp's Gemma 3 graph has no place for."""
    head = setting(config, ("head_dim",), HEAD_DIM)
    layers = setting(config, ("num_hidden_layers",), LAYERS)
    scalar = setting(config, ("query_pre_attn_scalar",), QUERY_SCALAR)
    built_in = _sizes(config)[Size.HIDDEN] // setting(config, ("num_attention_heads",), HEADS)
    expected = built_in if layers == LAYERS_OF_27B else head
    scaling = config["rope_scaling"]
    checks = (
        ("query_pre_attn_scalar", scalar, scalar == expected, f"the attention scale {expected}"),
        ("hidden_activation", *_one_of(config, "hidden_activation", "gelu_pytorch_tanh"), "gelu_pytorch_tanh"),
        ("attention_bias", *_one_of(config, "attention_bias", False), "attention without biases"),
        ("use_bidirectional_attention", *_one_of(config, "use_bidirectional_attention", False), "causal attention"),
        ("attn_logit_softcapping", *_one_of(config, "attn_logit_softcapping"), "attention without soft-capping"),
        ("rope_scaling", scaling, scaling.get("rope_type", "linear") == "linear", "linear rope scaling"),
        ("layer_types", _pattern(config), _pattern_fits(config, layers), "full attention in every sixth layer"),
    )
    return tuple(_refusal(name, value, only) for name, value, fits, only in checks if not fits)


def _one_of(config: Config, name: str, *allowed: object) -> tuple[object, bool]:
    value = config.get(name)
    return value, value is None or value in allowed


def _pattern(config: Config) -> object:
    return setting(config, ("sliding_window_pattern", "_sliding_window_pattern", "layer_types"))


def _pattern_fits(config: Config, layers: int) -> bool:
    period = setting(config, ("sliding_window_pattern", "_sliding_window_pattern"), PATTERN)
    kinds = config.get("layer_types")
    usual = ["sliding_attention" if (i + 1) % PATTERN else "full_attention" for i in range(layers)]
    return period == PATTERN and (kinds is None or kinds == usual)


def _refusal(name: str, value: object, only: str) -> Finding:
    return stop(
        "unsupported-setting",
        f"config.json sets {name} to {value!r}.",
        f"llama.cpp's Gemma 3 knows only {only}: the converted model would compute something else.",
        "This model cannot be a Gemma 3 GGUF file.",
        name,
    )


def _layer(name: str, *shape: Size, ops: tuple[AddConstant, ...] = ()) -> TensorRule:
    return TensorRule(f"model.layers.{{}}.{name}.weight", shape, ops)


GEMMA3 = Architecture(
    name="Gemma 3",
    model_types=("gemma3_text", "gemma3"),
    gguf=MODEL_ARCH.GEMMA3,
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/gemma3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/gemma3_text.py: sanitize() ties when lm_head.weight is missing",
    ties_by_default=True,  # transformers Gemma3TextConfig: tie_word_embeddings=True
    prefixes=(("model.language_model.", "model."), ("language_model.", "")),
    dropped_prefixes=tuple(
        (prefix, TEXT_ONLY)
        for prefix in ("vision_tower.", "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector.")
    ),
    tensors=(
        TensorRule("model.embed_tokens.weight", (Size.VOCABULARY, Size.HIDDEN)),
        TensorRule("model.norm.weight", HIDDEN, PLUS_ONE),
        TensorRule("lm_head.weight", (Size.VOCABULARY, Size.HIDDEN), optional=True),
        _layer("input_layernorm", *HIDDEN, ops=PLUS_ONE),
        _layer("self_attn.q_proj", Size.QUERIES, Size.HIDDEN),
        _layer("self_attn.k_proj", Size.KEYS, Size.HIDDEN),
        _layer("self_attn.v_proj", Size.KEYS, Size.HIDDEN),
        _layer("self_attn.o_proj", Size.HIDDEN, Size.QUERIES),
        _layer("self_attn.q_norm", *HEAD_SIZE, ops=PLUS_ONE),
        _layer("self_attn.k_norm", *HEAD_SIZE, ops=PLUS_ONE),
        _layer("post_attention_layernorm", *HIDDEN, ops=PLUS_ONE),
        _layer("pre_feedforward_layernorm", *HIDDEN, ops=PLUS_ONE),
        _layer("mlp.gate_proj", Size.FEED_FORWARD, Size.HIDDEN),
        _layer("mlp.up_proj", Size.FEED_FORWARD, Size.HIDDEN),
        _layer("mlp.down_proj", Size.HIDDEN, Size.FEED_FORWARD),
        _layer("post_feedforward_layernorm", *HIDDEN, ops=PLUS_ONE),
    ),
    metadata=(  # llama.cpp conversion/base.py and gemma.py, set_gguf_parameters
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",), LAYERS),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_position_embeddings",), CONTEXT),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",), WIDTH),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",), FEED_FORWARD),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",), HEADS),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("num_key_value_heads",), KV_HEADS),
        ConfigRow(Keys.Rope.FREQ_BASE, F32, ("rope_theta",), ROPE),
        ConfigRow(Keys.Rope.FREQ_BASE_SWA, F32, ("rope_local_base_freq",), LOCAL_ROPE),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",), EPSILON),
        ConfigRow(Keys.Attention.KEY_LENGTH, U32, ("head_dim",), HEAD_DIM),
        ConfigRow(Keys.Attention.VALUE_LENGTH, U32, ("head_dim",), HEAD_DIM),
        ConfigRow(Keys.LLM.FINAL_LOGIT_SOFTCAPPING, F32, ("final_logit_softcapping",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",), WINDOW),
    ),
    sizes=_sizes,
    refusals=_refusals,
)
