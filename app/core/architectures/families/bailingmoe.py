"""Ling (Bailing MoE): Q, K, V in one matrix, taken apart in the first generation; the second has norms of heads."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, ChangeFor, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, decoder_sizes, experts, head_size, mlp, vector, without_biases
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import Change, Pick, Rows
from app.core.architectures.requirements import Requirement, as_it_stands, never, one_of, rope_scaling
from app.core.text import text

AT, MLP = LAYER + "attention", LAYER + "mlp"
QKV = f"{AT}.query_key_value.weight"


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    expert_intermediate = setting(config, "moe_shared_expert_intermediate_size") or config["moe_intermediate_size"]
    return {
        **sizes,
        "qkv": sizes["q_dim"] + 2 * sizes["kv_dim"],
        "shared_intermediate": expert_intermediate * config["num_shared_experts"],
    }


def _queries(layer: Layer) -> Change:
    return _turned(layer, "heads", 0)


def _keys(layer: Layer) -> Change:
    return _turned(layer, "kv_heads", layer.sizes["q_dim"])


def _values(layer: Layer) -> Change:
    sizes = layer.sizes
    picks = (Pick((sizes["kv_dim"],), offset=sizes["q_dim"] + sizes["kv_dim"]),)
    return Change(Rows(picks, text("values of Q, K, V")))


def _turned(layer: Layer, heads: str, offset: int) -> Change:
    """A part of the matrix, its rows reordered for rope: llama.cpp conversion/bailingmoe.py, permute."""
    count, head = layer.sizes[heads], layer.sizes["head"]
    picks = (Pick((count, 2, head // 2), (0, 2, 1), offset=offset),)
    return Change(Rows(picks, text("part of Q, K, V, reordered for rope")))


def _part(letter: str, rows: str, change: ChangeFor) -> TensorRule:
    return TensorRule(
        QKV,
        ("qkv", "hidden"),
        change,
        mapped=f"{AT}.{letter}_proj.weight",
        gguf=f"blk.{{bid}}.attn_{letter}.weight",
        written=(rows, "hidden"),
    )


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["first_k_dense_replace"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


TENSORS = (
    TensorRule("model.word_embeddings.weight", ("vocabulary", "hidden")),
    vector("model.norm"),
    TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
    vector(LAYER + "input_layernorm"),
    vector(LAYER + "post_attention_layernorm"),
    TensorRule(f"{AT}.dense.weight", ("hidden", "q_dim"), gguf="blk.{bid}.attn_output.weight"),
    TensorRule(f"{MLP}.gate.weight", ("experts", "hidden"), saved=f"{MLP}.gate.gate_proj.weight", layers=_has_experts),
    *experts(layers=_has_experts),
    *without_biases(mlp(f"{MLP}.shared_experts", "shared_intermediate", layers=_has_experts)),
)
METADATA = (  # llama.cpp conversion/bailingmoe.py
    *DECODER_METADATA,
    ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",)),
    ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
    ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
    ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("num_shared_experts",)),
    ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_topk_prob",)),
)
REQUIREMENTS = (
    one_of("hidden_act", "silu"),
    never("use_bias", text("matrices without biases")),
    never("use_qkv_bias", text("attention without biases")),
    rope_scaling("linear", "yarn"),
    one_of("moe_router_enable_shared_expert", True),
    Requirement("num_experts", text("a mixture of experts"), lambda c: bool(setting(c, "num_experts"))),
    Requirement(
        "head_dim",
        text("heads that fill hidden_size"),
        lambda c: c.get("head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        by="mlx-lm",
    ),
)


def _is_second(config: Config) -> bool:
    return bool(config.get("use_qk_norm"))


def _plain(config: Config) -> bool:
    return not config.get("norm_head") and not _is_second(config)


BAILING = Architecture(
    name="Ling",
    model_types=("bailing_moe",),
    gguf="bailingmoe",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/bailingmoe.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/bailing_moe.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    embedding="model.word_embeddings.weight",
    tensors=(
        *TENSORS,
        _part("q", "q_dim", _queries),
        _part("k", "kv_dim", _keys),
        _part("v", "kv_dim", _values),
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=head_size),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, value=lambda _: 1.0),
    ),
    requirements=(  # llama.cpp src/models/bailingmoe.cpp
        *REQUIREMENTS,
        one_of("first_k_dense_replace", 0),
        one_of("score_function", "softmax"),
        one_of("routed_scaling_factor", 1.0),
        one_of("n_group", 0, 1),
        one_of("partial_rotary_factor", 1.0),
        never("rotary_dim", text("rope of whole heads")),
        never("moe_router_enable_expert_bias", text("experts without biases")),
        Requirement("num_shared_experts", text("shared experts"), lambda c: bool(setting(c, "num_shared_experts"))),
        Requirement(
            "moe_shared_expert_intermediate_size",
            as_it_stands("moe_intermediate_size"),
            lambda c: c.get("moe_shared_expert_intermediate_size") in (None, c["moe_intermediate_size"]),
        ),
    ),
    sizes=_sizes,
    when=_plain,
)

# mlx-lm divides the head's columns by their norms when it saves; so does llama.cpp's converter, with a published head
BAILING_NORM_HEAD = replace(
    BAILING,
    name="Ling with a normalized head",
    when=lambda config: bool(config.get("norm_head")) and not _is_second(config),
    converts_huggingface=False,
)


def _rotated(config: Config) -> int:
    found = setting(config, "rotary_dim")
    return int(head_size(config) * config["partial_rotary_factor"]) if found is None else int(found)


def _rotary_fits(config: Config) -> bool:
    return _rotated(config) == int(head_size(config) * config["partial_rotary_factor"])


BAILING2 = replace(
    BAILING,
    name="Ling 2",
    gguf="bailingmoe2",
    head_source="llama.cpp src/models/bailingmoe2.cpp: output is required",
    defaults={"partial_rotary_factor": 1.0, "moe_shared_expert_intermediate_size": None},
    tensors=(
        *TENSORS,
        TensorRule(QKV, ("qkv", "hidden"), gguf="blk.{bid}.attn_qkv.weight"),
        TensorRule(f"{AT}.query_layernorm.weight", ("head",), gguf="blk.{bid}.attn_q_norm.weight"),
        TensorRule(f"{AT}.key_layernorm.weight", ("head",), gguf="blk.{bid}.attn_k_norm.weight"),
        TensorRule(
            f"{MLP}.gate.expert_bias",
            ("experts",),
            optional=True,
            gguf="blk.{bid}.exp_probs_b.bias",
            layers=_has_experts,
        ),
        *without_biases(mlp(layers=_is_dense)),
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=_rotated),
        ConfigRow(
            Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH,
            U32,
            ("moe_shared_expert_intermediate_size", "moe_intermediate_size"),
        ),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        # layers that predict further tokens are left out
        ConfigRow(
            Keys.LLM.NEXTN_PREDICT_LAYERS,
            U32,
            value=lambda c: None if c.get("num_nextn_predict_layers") is None else 0,
        ),
    ),
    requirements=(  # llama.cpp src/models/bailingmoe2.cpp
        *REQUIREMENTS,
        never("norm_head", text("a head that is not normalized")),
        one_of("num_shared_experts", 1),
        Requirement("rotary_dim", text("partial_rotary_factor of a head"), _rotary_fits),
        Requirement(
            "score_function",
            text("a known score_function"),
            lambda c: setting(c, "score_function") in ("sigmoid", "softmax"),
        ),
        Requirement(
            "routed_scaling_factor", text("a number"), lambda c: setting(c, "routed_scaling_factor") is not None
        ),
    ),
    when=_is_second,
)

FAMILIES = (BAILING, BAILING_NORM_HEAD, BAILING2)
