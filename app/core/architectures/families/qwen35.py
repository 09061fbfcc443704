"""Qwen 3.5 and 3.6 (text part): three layers of linear attention, then one of full attention.

llama.cpp repeats the key heads of linear attention in turn (0, 1, 0, 1), the published weights one after the other
(0, 0, 1, 1): everything that is numbered by value heads moves. llama.cpp conversion/qwen.py, _reorder_v_heads.
"""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, ChangeFor, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    decoder_sizes,
    embedding_norm_head,
    head_norms,
    linear,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA, rope_sections
from app.core.architectures.further_tokens import MTP_LEFT_OUT
from app.core.architectures.ops import NOTHING, AddConstant, Change, Columns, NegativeExp, Pick, Rows, on_values
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

PLUS_ONE = on_values(AddConstant(1.0))  # added by mlx-lm when it saves: models/qwen3_5.py, sanitize
REORDERED = text("value heads reordered")
INTERVAL = 4  # every fourth layer has full attention


def layer_kinds(config: Config) -> list[str]:
    """The kind of each layer where config.json does not name them."""
    interval, layers = config.get("full_attention_interval") or INTERVAL, range(config["num_hidden_layers"])
    return ["linear_attention" if (i + 1) % interval else "full_attention" for i in layers]


# transformers models/qwen3_5/configuration_qwen3_5.py, Qwen3_5TextConfig
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "max_position_embeddings": 32768,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 0.25,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
    "layer_types": layer_kinds,
}


def linear_sizes(config: Config, layer: int) -> dict[str, int]:
    """Sizes of linear attention beside those of every decoder."""
    keys = config["linear_num_key_heads"] * config["linear_key_head_dim"]
    values = config["linear_num_value_heads"] * config["linear_value_head_dim"]
    sizes = decoder_sizes(config, layer)
    return {
        **sizes,
        "gated queries": 2 * sizes["q_dim"],  # a gate beside each query
        "key heads": config["linear_num_key_heads"],
        "value heads": config["linear_num_value_heads"],
        "value head": config["linear_value_head_dim"],
        "linear keys": keys,
        "linear values": values,
        "qkv": 2 * keys + values,
        "kernel": config["linear_conv_kernel_dim"],
    }


def _tiled(layer: Layer, width: int, offset: int = 0) -> Pick:
    """Value heads of `width` lines each, from grouped by key head to tiled."""
    keys, values = layer.sizes["key heads"], layer.sizes["value heads"]
    return Pick((keys, values // keys, width), (1, 0, 2), offset=offset)


def value_rows(layer: Layer) -> Change:
    """All rows belong to value heads."""
    return Change(Rows((_tiled(layer, layer.sizes["value head"]),), REORDERED))


def value_columns(layer: Layer) -> Change:
    """All columns belong to value heads."""
    return Change(within_rows=Columns((_tiled(layer, layer.sizes["value head"]),), REORDERED))


def one_row_each(layer: Layer) -> Change:
    """One row for each value head."""
    return Change(Rows((_tiled(layer, 1),), REORDERED))


def decay(layer: Layer) -> Change:
    """One row for each value head, of logarithms."""
    return replace(one_row_each(layer), values=(NegativeExp(),))


def rows_after_keys(layer: Layer) -> Change:
    """Queries and keys stay, the values' rows after them move."""
    fixed = 2 * layer.sizes["linear keys"]
    return Change(Rows((Pick((fixed,)), _tiled(layer, layer.sizes["value head"], fixed)), REORDERED))


def is_linear(config: Config, layer: int) -> bool:
    """Whether a layer has linear attention."""
    return bool(config["layer_types"][layer] == "linear_attention")


def is_full(config: Config, layer: int) -> bool:
    """Whether a layer has full attention."""
    return not is_linear(config, layer)


def saved_plus_one(rule: TensorRule) -> TensorRule:
    """A zero-centred norm that mlx-lm saves with 1 added."""
    return replace(rule, change=PLUS_ONE, remaining=NOTHING)


AT, FULL = LAYER + "linear_attn", LAYER + "self_attn"


def _matrix(name: str, rows: str, columns: str, change: ChangeFor) -> TensorRule:
    return TensorRule(f"{AT}.{name}.weight", (rows, columns), change, layers=is_linear)


LINEAR_ATTENTION = (
    _matrix("in_proj_qkv", "qkv", "hidden", rows_after_keys),
    _matrix("in_proj_z", "linear values", "hidden", value_rows),
    _matrix("in_proj_a", "value heads", "hidden", one_row_each),
    _matrix("in_proj_b", "value heads", "hidden", one_row_each),
    _matrix("conv1d", "qkv", "kernel", rows_after_keys),
    _matrix("out_proj", "hidden", "linear values", value_columns),
    vector(f"{AT}.norm", "value head", layers=is_linear),
    TensorRule(f"{AT}.A_log", ("value heads",), decay, layers=is_linear),
    TensorRule(f"{AT}.dt_bias", ("value heads",), one_row_each, mapped=f"{AT}.dt_proj.bias", layers=is_linear),
)
FULL_ATTENTION = (
    *linear(f"{FULL}.q_proj", "gated queries", "hidden", layers=is_full),
    *linear(f"{FULL}.k_proj", "kv_dim", "hidden", layers=is_full),
    *linear(f"{FULL}.v_proj", "kv_dim", "hidden", layers=is_full),
    TensorRule(f"{FULL}.o_proj.weight", ("hidden", "q_dim"), layers=is_full),
    *map(saved_plus_one, head_norms(at=FULL, layers=is_full)),
)
embedding, last_norm, head = embedding_norm_head()
ENDS = (embedding, saved_plus_one(last_norm), head)
NORMS = (
    saved_plus_one(vector(LAYER + "input_layernorm")),
    saved_plus_one(vector(LAYER + "post_attention_layernorm")),
)


def _recurrent(config: Config) -> list[bool]:
    return [kind == "linear_attention" for kind in config["layer_types"]]


def _layer_types_fit(config: Config) -> bool:
    """Without a layer that keeps keys and values llama.cpp aborts: src/llama-kv-cache.cpp has nothing to allocate."""
    kinds = config["layer_types"]
    return bool(len(kinds) == config["num_hidden_layers"] and "full_attention" in kinds)


def _states_fit(config: Config) -> bool:
    return bool(config["linear_value_head_dim"] == config["linear_key_head_dim"])


LAYER_TYPES = Requirement("layer_types", text("one kind for each layer, and full attention in some"), _layer_types_fit)
# llama.cpp src/models/qwen3next.cpp and qwen35.cpp, load_arch_tensors
STATES = Requirement("linear_value_head_dim", text("value heads as long as linear_key_head_dim"), _states_fit)

SSM = Keys.SSM
LINEAR_METADATA = (
    *DECODER_METADATA,
    ConfigRow(SSM.CONV_KERNEL, U32, ("linear_conv_kernel_dim",)),
    ConfigRow(SSM.STATE_SIZE, U32, ("linear_key_head_dim",)),
    ConfigRow(SSM.GROUP_COUNT, U32, ("linear_num_key_heads",)),
    ConfigRow(SSM.TIME_STEP_RANK, U32, ("linear_num_value_heads",)),
    ConfigRow(SSM.INNER_SIZE, U32, value=lambda c: c["linear_value_head_dim"] * c["linear_num_value_heads"]),
    ConfigRow("{arch}.attention.recurrent_layers", BOOL, value=_recurrent),
    ConfigRow(
        "{arch}.full_attention_interval",
        U32,
        ("full_attention_interval",),
        value=lambda c: setting(c, "full_attention_interval") or INTERVAL,
    ),
    ConfigRow(
        Keys.Rope.DIMENSION_COUNT,
        U32,
        ("partial_rotary_factor",),
        value=lambda c: int(c["head_dim"] * c["partial_rotary_factor"]),
    ),
)

QWEN35 = Architecture(
    name="Qwen 3.5",
    model_types=("qwen3_5", "qwen3_5_text"),
    gguf="qwen35",
    vocabularies={"qwen3_5": KnownVocabulary(pre_tokenizer="qwen35")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/qwen35.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/qwen3_5.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,  # transformers Qwen3_5TextConfig
    defaults=DEFAULTS,
    prefixes=WRAPPERS,
    dropped={**VISION_DROPPED, "mtp.": MTP_LEFT_OUT, "model.mtp.": MTP_LEFT_OUT},
    tensors=(*ENDS, *NORMS, *LINEAR_ATTENTION, *FULL_ATTENTION, *without_biases(mlp())),
    metadata=(
        *LINEAR_METADATA,
        rope_sections(11, 11, 10),  # llama.cpp conversion/qwen.py, _QWEN35_DEFAULT_MROPE_SECTION
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling("linear", "yarn"),
        LAYER_TYPES,
        STATES,
    ),
    sizes=linear_sizes,
    marker="conv1d.weight",
)

FAMILIES = (QWEN35,)
