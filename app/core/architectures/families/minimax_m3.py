"""MiniMax M3 (text part): dense layers, then those with experts and an indexer that picks blocks of tokens to see."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    head_norms,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import AddConstant, on_values
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.architectures.vision import TEXT_ONLY, VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

PLUS_ONE = on_values(AddConstant(1.0))  # llama.cpp conversion/minimax.py, MiniMaxM3Model.modify_tensors
AT, MOE = LAYER + "self_attn", LAYER + "block_sparse_moe"
# transformers 5 has names of its own for what the published config.json keeps in sparse_attention_config
INDEX_NAMES = {
    "index_n_heads": "sparse_num_index_heads",
    "index_head_dim": "sparse_index_dim",
    "index_block_size": "sparse_block_size",
    "index_topk_blocks": "sparse_topk_blocks",
    "index_local_blocks": "sparse_local_block",
}


def _index(config: Config, name: str) -> int:
    nested: Config = setting(config, "sparse_attention_config") or {}
    return int(nested.get(INDEX_NAMES[name], config[name]))


def _expert_layers(config: Config) -> list[bool]:
    kinds, flags = setting(config, "mlp_layer_types"), setting(config, "moe_layer_freq")
    if kinds is not None:
        return [kind == "sparse" for kind in kinds]
    return [True] * config["num_hidden_layers"] if flags is None else [bool(flag) for flag in flags]


def _indexed_layers(config: Config) -> list[bool]:
    nested: Config = setting(config, "sparse_attention_config") or {}
    kinds = setting(config, "layer_types")
    if kinds is not None:
        return [kind != "full_attention" for kind in kinds]
    flags = nested.get("sparse_attention_freq")
    return [True] * config["num_hidden_layers"] if flags is None else [bool(flag) for flag in flags]


# transformers models/minimax_m3_vl/configuration_minimax_m3_vl.py, MiniMaxM3VLTextConfig
DEFAULTS = {
    "hidden_size": 6144,
    "intermediate_size": 3072,
    "dense_intermediate_size": 12288,
    "shared_intermediate_size": 3072,
    "num_hidden_layers": 60,
    "num_attention_heads": 64,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "max_position_embeddings": 524288,
    "rms_norm_eps": 1e-6,
    "rope_theta": 5000000.0,  # mlx-lm models/minimax_m3_vl.py
    "rotary_dim": 64,
    "num_experts_per_tok": 4,
    "num_local_experts": 128,
    "routed_scaling_factor": 2.0,
    "scoring_func": "sigmoid",  # mlx-lm knows nothing else
    "index_n_heads": 4,
    "index_head_dim": 128,
    "index_block_size": 128,
    "index_topk_blocks": 16,
    "index_local_blocks": 1,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    head, heads = _index(config, "index_head_dim"), _index(config, "index_n_heads")
    return {
        **decoder_sizes(config, layer),
        "intermediate": config["dense_intermediate_size"],
        "expert_intermediate": config["intermediate_size"],
        "shared_intermediate": config["shared_intermediate_size"],
        "index head": head,
        "index heads*head": head * heads,
    }


def _has_experts(config: Config, layer: int) -> bool:
    return _expert_layers(config)[layer]


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _dense_count(config: Config) -> int:
    return [*_expert_layers(config), True].index(True)


def _layers_fit(config: Config) -> bool:
    kinds = _expert_layers(config)
    return len(kinds) == config["num_hidden_layers"] and all(kinds[_dense_count(config) :])


TENSORS = (
    *embedding_norm_head(PLUS_ONE),
    vector(LAYER + "input_layernorm", change=PLUS_ONE),
    vector(LAYER + "post_attention_layernorm", change=PLUS_ONE),
    *without_biases(attention()),
    *head_norms(PLUS_ONE),
    *without_biases(mlp(layers=_is_dense)),
    TensorRule(f"{MOE}.gate.weight", ("experts", "hidden"), layers=_has_experts),
    TensorRule(f"{MOE}.e_score_correction_bias", ("experts",), gguf="blk.{bid}.exp_probs_b.bias", layers=_has_experts),
    *experts(MOE, published={"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}, layers=_has_experts),
    *(
        TensorRule(rule.name, rule.shape, gguf=f"blk.{{bid}}.ffn_{name}_shexp.weight", layers=_has_experts)
        for rule, name in zip(
            without_biases(mlp(f"{MOE}.shared_experts", "shared_intermediate")), ("gate", "up", "down"), strict=True
        )
    ),
    TensorRule(
        f"{AT}.index_q_proj.weight",
        ("index heads*head", "hidden"),
        gguf="blk.{bid}.indexer.q_proj.weight",
        layers=_has_experts,
    ),
    TensorRule(
        f"{AT}.index_k_proj.weight",
        ("index head", "hidden"),
        gguf="blk.{bid}.indexer.k_proj.weight",
        layers=_has_experts,
    ),
    *(
        TensorRule(
            f"{AT}.index_{name}_norm.weight",
            ("index head",),
            PLUS_ONE,
            gguf=f"blk.{{bid}}.indexer.{name}_norm.weight",
            layers=_has_experts,
        )
        for name in ("q", "k")
    ),
)


def _index_row(key: str, name: str) -> ConfigRow:
    return ConfigRow(key, U32, (name,), value=lambda config: _index(config, name))


INDEXER = Keys.Attention.Indexer

MINIMAX_M3 = Architecture(
    name="MiniMax M3",
    model_types=("minimax_m3_vl",),
    gguf="minimax-m3",
    names_like="step35",  # it has both kinds of layers; gguf 0.19 does not know minimax-m3
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/minimax-m3.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/minimax_m3_vl.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    prefixes=WRAPPERS,
    dropped={**VISION_DROPPED, "patch_merge_mlp.": TEXT_ONLY},
    tensors=TENSORS,
    metadata=(  # llama.cpp conversion/minimax.py, MiniMaxM2Model and MiniMaxM3Model
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("rotary_dim",)),
        ConfigRow(
            Keys.LLM.EXPERT_SHARED_COUNT,
            U32,
            value=lambda c: setting(c, "n_shared_experts") or c["shared_intermediate_size"] // c["intermediate_size"],
        ),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, value=lambda _: True),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, value=_dense_count),
        _index_row(INDEXER.HEAD_COUNT, "index_n_heads"),
        _index_row(INDEXER.KEY_LENGTH, "index_head_dim"),
        _index_row(INDEXER.TOP_K, "index_topk_blocks"),
        # gguf 0.19 has no names for these keys
        _index_row("{arch}.attention.indexer.block_size", "index_block_size"),
        _index_row("{arch}.attention.indexer.local_blocks", "index_local_blocks"),
    ),
    requirements=(  # llama.cpp src/models/minimax-m3.cpp
        NO_OUTPUT_BIAS,
        rope_scaling("linear", "yarn"),
        one_of("use_qk_norm", True),
        one_of("use_gemma_norm", True),
        one_of("swiglu_alpha", 1.702),
        one_of("swiglu_limit", 7.0),
        one_of("scoring_func", "sigmoid"),
        Requirement("moe_layer_freq", text("dense layers before those with experts"), _layers_fit),
        Requirement(
            "sparse_attention_config",
            text("an indexer where there are experts"),
            lambda c: _indexed_layers(c) == _expert_layers(c),
        ),
        Requirement(
            "sparse_attention_config",
            text("one head of the indexer for each group of keys"),
            lambda c: _index(c, "index_n_heads") == c["num_key_value_heads"],
        ),
        Requirement(
            "shared_intermediate_size",
            text("shared experts as long as n_shared_experts others"),
            lambda c: c["shared_intermediate_size"] == (setting(c, "n_shared_experts") or 1) * c["intermediate_size"],
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (MINIMAX_M3,)
