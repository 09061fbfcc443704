"""Qwen's linear attention (gated delta nets) in most layers, and full attention with a gate in the others.

llama.cpp repeats the key heads of linear attention in turn (0, 1, 0, 1), the weights of Qwen 3.5 one after the other
(0, 0, 1, 1): everything that is numbered by value heads moves. llama.cpp conversion/qwen.py, _reorder_v_heads.
"""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import AnyChange, Layer, Part, TensorRule
from app.core.architectures.config_rows import Config, flag, setting, u32
from app.core.architectures.layers import of_kind
from app.core.architectures.ops import NOTHING, PLUS_ONE, Change, Columns, NegativeExp, Pick, Rows, on_values
from app.core.architectures.parts.decoder import ATTENTION, LAYER, decoder, head_norms, matrix, norms, tensor
from app.core.architectures.requirements import Requirement
from app.core.architectures.sizes import decoder_sizes
from app.core.text import text

AT = LAYER + "linear_attn"
INTERVAL = 4  # every fourth layer has full attention
LINEAR = of_kind("linear_attention")
FULL = LINEAR.others
DECAY = on_values(NegativeExp())


def layer_kinds(config: Config) -> list[str]:
    """The kind of each layer where config.json does not name them."""
    interval, layers = config.get("full_attention_interval") or INTERVAL, range(config["num_hidden_layers"])
    return ["linear_attention" if (i + 1) % interval else "full_attention" for i in layers]


def _zero_centred(part: Part) -> Part:
    """A part whose norms mlx-lm saves with 1 added: models/qwen3_5.py and qwen3_next.py, sanitize."""
    return replace(
        part,
        tensors=tuple(
            replace(rule, change=PLUS_ONE, remaining=NOTHING) if "norm" in rule.name else rule for rule in part.tensors
        ),
    )


def sizes(config: Config, layer: int) -> dict[str, int]:
    """The lengths that all kinds of it have, and those of its queries with a gate."""
    keys = config["linear_num_key_heads"] * config["linear_key_head_dim"]
    values = config["linear_num_value_heads"] * config["linear_value_head_dim"]
    return {
        "gated queries": 2 * decoder_sizes(config, layer)["q_dim"],  # a gate beside each query
        "key heads": config["linear_num_key_heads"],
        "value heads": config["linear_num_value_heads"],
        "value head": config["linear_value_head_dim"],
        "linear keys": keys,
        "linear values": values,
        "qkv": 2 * keys + values,
        "kernel": config["linear_conv_kernel_dim"],
    }


def matrix_of(name: str, gguf: str, *shape: str, change: AnyChange = NOTHING) -> tuple[TensorRule, ...]:
    """A matrix of linear attention."""
    return matrix(f"{AT}.{name}", gguf, *shape, change=change, layers=LINEAR)


def states(
    by_channel: AnyChange = NOTHING,
    columns: AnyChange = NOTHING,
    by_head: AnyChange = NOTHING,
    decay: AnyChange = DECAY,
) -> Part:
    """What follows the projections into linear attention.

    `by_channel` happens to what all channels of queries, keys and values have, `columns` to what the values come out
    by, `by_head` and `decay` to what has one number for each value head.
    """
    return Part(
        (
            *matrix_of("conv1d", "ssm_conv1d", "qkv", "kernel", change=by_channel),
            *matrix_of("out_proj", "ssm_out", "hidden", "linear values", change=columns),
            *matrix_of("norm", "ssm_norm", "value head"),
            tensor(f"{AT}.A_log", "ssm_a", "value heads", change=decay, layers=LINEAR),
            tensor(f"{AT}.dt_bias", "ssm_dt.bias", "value heads", change=by_head, layers=LINEAR),
        ),
        sizes=sizes,
    )


REORDERED = text("value heads reordered")


def _tiled(layer: Layer, width: int, offset: int = 0) -> Pick:
    """Value heads of `width` lines each, from grouped by key head to tiled."""
    keys, values = layer.sizes["key heads"], layer.sizes["value heads"]
    return Pick((keys, values // keys, width), (1, 0, 2), offset=offset)


def _value_rows(layer: Layer) -> Change:
    return Change(Rows((_tiled(layer, layer.sizes["value head"]),), REORDERED))


def _value_columns(layer: Layer) -> Change:
    return Change(within_rows=Columns((_tiled(layer, layer.sizes["value head"]),), REORDERED))


def _one_row_each(layer: Layer) -> Change:
    return Change(Rows((_tiled(layer, 1),), REORDERED))


def _decay(layer: Layer) -> Change:
    """One row for each value head, of logarithms."""
    return replace(_one_row_each(layer), values=DECAY.values)


def _rows_after_keys(layer: Layer) -> Change:
    """Queries and keys stay, the values' rows after them move."""
    fixed = 2 * layer.sizes["linear keys"]
    return Change(Rows((Pick((fixed,)), _tiled(layer, layer.sizes["value head"], fixed)), REORDERED))


# All of linear attention where it is published with one matrix for each use: Qwen 3.5
TILED = Part(
    (
        *matrix_of("in_proj_qkv", "attn_qkv", "qkv", "hidden", change=_rows_after_keys),
        *matrix_of("in_proj_z", "attn_gate", "linear values", "hidden", change=_value_rows),
        *matrix_of("in_proj_a", "ssm_alpha", "value heads", "hidden", change=_one_row_each),
        *matrix_of("in_proj_b", "ssm_beta", "value heads", "hidden", change=_one_row_each),
        *states(_rows_after_keys, _value_columns, _one_row_each, _decay).tensors,
    ),
    sizes=sizes,
)
BLOCKS = (
    _zero_centred(decoder()),
    _zero_centred(norms(names={"input_layernorm": "attn_norm", "post_attention_layernorm": "post_attention_norm"})),
)
FULL_ATTENTION = Part(
    (
        *matrix(f"{ATTENTION}.q_proj", "attn_q", "gated queries", "hidden", layers=FULL, bias=None),
        *matrix(f"{ATTENTION}.k_proj", "attn_k", "kv_dim", "hidden", layers=FULL, bias=None),
        *matrix(f"{ATTENTION}.v_proj", "attn_v", "kv_dim", "hidden", layers=FULL, bias=None),
        *matrix(f"{ATTENTION}.o_proj", "attn_output", "hidden", "q_dim", layers=FULL),
        *_zero_centred(head_norms(layers=FULL)).tensors,
    )
)


def _layer_types_fit(config: Config) -> bool:
    """Without a layer that keeps keys and values llama.cpp aborts: src/llama-kv-cache.cpp has nothing to allocate."""
    kinds = config["layer_types"]
    return bool(len(kinds) == config["num_hidden_layers"] and "full_attention" in kinds)


REQUIREMENTS = (
    Requirement("layer_types", text("one kind for each layer, and full attention in some"), _layer_types_fit),
    # llama.cpp src/models/qwen3next.cpp and qwen35.cpp, load_arch_tensors
    Requirement(
        "linear_value_head_dim",
        text("value heads as long as linear_key_head_dim"),
        lambda config: config["linear_value_head_dim"] == config["linear_key_head_dim"],
    ),
)
METADATA = (  # llama.cpp conversion/qwen.py, Qwen3NextModel.set_gguf_parameters
    u32(Keys.SSM.CONV_KERNEL, "linear_conv_kernel_dim"),
    u32(Keys.SSM.STATE_SIZE, "linear_key_head_dim"),
    u32(Keys.SSM.GROUP_COUNT, "linear_num_key_heads"),
    u32(Keys.SSM.TIME_STEP_RANK, "linear_num_value_heads"),
    u32(Keys.SSM.INNER_SIZE, value=lambda c: c["linear_value_head_dim"] * c["linear_num_value_heads"]),
    flag(
        "{arch}.attention.recurrent_layers", value=lambda c: [kind == "linear_attention" for kind in c["layer_types"]]
    ),
    u32(
        "{arch}.full_attention_interval",
        "full_attention_interval",
        value=lambda c: setting(c, "full_attention_interval") or INTERVAL,
    ),
    u32(
        Keys.Rope.DIMENSION_COUNT,
        "partial_rotary_factor",
        value=lambda c: int(c["head_dim"] * c["partial_rotary_factor"]),
    ),
)
