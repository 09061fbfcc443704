"""MiniMax M3 (text part): dense layers, then those with experts and an indexer that picks blocks of tokens to see."""

from functools import partial

from app.core.architectures.parts.saved import also_at, also_in_one
from app.core.architectures.vocabulary import *

MOE = LAYER + "block_sparse_moe"
NESTED = "sparse_attention_config"
# What transformers 5 calls so, the published config.json keeps in another object; and the key in the file
INDEX = {
    "index_n_heads": ("sparse_num_index_heads", Keys.Attention.Indexer.HEAD_COUNT),
    "index_head_dim": ("sparse_index_dim", Keys.Attention.Indexer.KEY_LENGTH),
    "index_topk_blocks": ("sparse_topk_blocks", Keys.Attention.Indexer.TOP_K),
    # gguf 0.19 has no names for these keys
    "index_block_size": ("sparse_block_size", "{arch}.attention.indexer.block_size"),
    "index_local_blocks": ("sparse_local_block", "{arch}.attention.indexer.local_blocks"),
}


def _index(config: Config, name: str) -> int:
    published, _ = INDEX[name]
    nested: Config = config.get(NESTED) or {}
    return int(nested.get(published, config[name]))


def _flags(config: Config, flags: list[int] | None) -> list[bool]:
    return [True] * config["num_hidden_layers"] if flags is None else [bool(flag) for flag in flags]


def _expert_layers(config: Config) -> list[bool]:
    kinds = setting(config, "mlp_layer_types")
    return _flags(config, config.get("moe_layer_freq")) if kinds is None else [kind == "sparse" for kind in kinds]


def _indexed_layers(config: Config) -> list[bool]:
    kinds, nested = setting(config, "layer_types"), config.get(NESTED) or {}
    return (
        _flags(config, nested.get("sparse_attention_freq"))
        if kinds is None
        else [kind != "full_attention" for kind in kinds]
    )


EXPERTS = Layers(lambda config, layer: _expert_layers(config)[layer])


def _index_tensor(name: str, *shape: str, change: Change = NOTHING) -> TensorRule:
    return tensor(f"{ATTENTION}.index_{name}.weight", f"indexer.{name}.weight", *shape, change=change, layers=EXPERTS)


def _sizes(config: Config, _layer: int) -> dict[str, int]:
    head, heads = _index(config, "index_head_dim"), _index(config, "index_n_heads")
    return {
        "intermediate": config["dense_intermediate_size"],
        "expert_intermediate": config["intermediate_size"],
        "shared_intermediate": config["shared_intermediate_size"],
        "index head": head,
        "index heads*head": head * heads,
    }


MINIMAX_M3 = Architecture(
    name="MiniMax M3",
    model_types=("minimax_m3_vl", "minimax_m3_vl_text", "minimax_m3"),
    gguf="minimax-m3",
    sources=("src/models/minimax-m3.cpp", "conversion/minimax.py", "mlx_lm/models/minimax_m3_vl.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    defaults={  # transformers models/minimax_m3_vl/configuration_minimax_m3_vl.py, MiniMaxM3VLTextConfig
        **lengths(layers=60, hidden=6144, intermediate=3072, heads=64, kv_heads=4, head=128),
        "dense_intermediate_size": 12288,
        "shared_intermediate_size": 3072,
        **common(context=524288, epsilon=1e-6),
        "rope_theta": 5000000.0,  # mlx-lm models/minimax_m3_vl.py
        "rotary_dim": 64,
        **moe.numbers(used=4, num_local_experts=128),
        "routed_scaling_factor": 2.0,
        "scoring_func": "sigmoid",  # mlx-lm knows nothing else
        "index_n_heads": 4,
        "index_head_dim": 128,
        "index_block_size": 128,
        "index_topk_blocks": 16,
        "index_local_blocks": 1,
    },
    parts=(
        decoder(PLUS_ONE),
        norms(PLUS_ONE),
        attention(),
        head_norms(PLUS_ONE),
        also_at(mlp(layers=EXPERTS.others), MLP, MOE),
        moe.router(bias="e_score_correction_bias", at=MOE, layers=EXPERTS),
        moe.experts(MOE, moe.W123, layers=EXPERTS),
        also_in_one(moe.shared_experts(f"{MOE}.shared_experts", EXPERTS), *moe.BOTH),
        Part.of(
            _index_tensor("q_proj", "index heads*head", "hidden"),
            _index_tensor("k_proj", "index head", "hidden"),
            _index_tensor("q_norm", "index head", change=PLUS_ONE),
            _index_tensor("k_norm", "index head", change=PLUS_ONE),
        ),
        rope("linear", "yarn"),
    ),
    metadata=(
        moe.INTERMEDIATE_LENGTH,
        u32(Keys.Rope.DIMENSION_COUNT, "rotary_dim"),
        u32(
            Keys.LLM.EXPERT_SHARED_COUNT,
            value=lambda c: setting(c, "n_shared_experts") or c["shared_intermediate_size"] // c["intermediate_size"],
        ),
        moe.SCALE,
        constant(Keys.LLM.EXPERT_WEIGHTS_NORM, True),
        u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, value=lambda c: [*_expert_layers(c), True].index(True)),
        *(u32(key, name, value=partial(_index, name=name)) for name, (_, key) in INDEX.items()),
    ),
    requirements=(
        NO_OUTPUT_BIAS,
        *fixed(use_qk_norm=True, use_gemma_norm=True, swiglu_alpha=1.702, swiglu_limit=7.0, scoring_func="sigmoid"),
        Requirement(
            "moe_layer_freq",
            text("dense layers before those with experts"),
            lambda c: (
                len(_expert_layers(c)) == c["num_hidden_layers"] and _expert_layers(c) == sorted(_expert_layers(c))
            ),
        ),
        Requirement(
            NESTED, text("an indexer where there are experts"), lambda c: _indexed_layers(c) == _expert_layers(c)
        ),
        Requirement(
            NESTED,
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
