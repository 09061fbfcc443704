"""Hunyuan: rope slowed down by a factor alpha that goes into its base, norms of heads after rope."""

from app.core.architectures.parts.alpha_rope import ALPHA_ROPE, is_dynamic
from app.core.architectures.vocabulary import *

LAYERS = (decoder(), norms(), attention(), head_norms(names=("query_layernorm", "key_layernorm")), ALPHA_ROPE)


REQUIREMENTS = (
    SILU,
    NO_OUTPUT_BIAS,
    one_of("use_qk_norm", True),
    never("use_cla", text("layers with keys of their own")),
)

HUNYUAN_DENSE = Architecture(
    name="Hunyuan",
    model_types=("hunyuan_v1_dense",),
    gguf="hunyuan-dense",
    # llama.cpp conversion/hunyuan.py, HunYuanModel.set_vocab
    vocabularies={"hunyuan_v1_dense": KnownVocabulary(ends=("eod_token_id",))},
    sources=("src/models/hunyuan-vl.cpp", "conversion/hunyuan.py", "mlx_lm/models/hunyuan_v1_dense.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={  # transformers models/hunyuan_v1_dense/configuration_hunyuan_v1_dense.py, HunYuanDenseV1Config
        "num_key_value_heads": query_heads,
        "head_dim": even_head,
        **common(context=2048, theta=10000.0),
    },
    parts=(*LAYERS, mlp(), rope(by="mlx-lm")),
    requirements=REQUIREMENTS,
)


def _of_layers(config: Config, name: str) -> list[int]:
    """A number for each layer, where config.json may have one for all."""
    found = config[name]
    return list(found) if isinstance(found, list) else [found] * int(config["num_hidden_layers"])


def _first(key: str, name: str) -> ConfigRow:
    return u32(key, value=lambda c: _of_layers(c, name)[0])


HUNYUAN_MOE = replace(
    HUNYUAN_DENSE,
    name="Hunyuan MoE",
    model_types=("hunyuan",),
    gguf="hunyuan-moe",
    sources=("src/models/hunyuan-moe.cpp", "conversion/hunyuan.py", "mlx_lm/models/hunyuan.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.NEVER, ties=True),  # the published models
    defaults={
        "num_key_value_heads": query_heads,
        "max_position_embeddings": 2048,
        "moe_intermediate_size": lambda config: config["intermediate_size"],
    },
    parts=(*LAYERS, moe.router("gate.wg"), moe.experts(), mlp(f"{MLP}.shared_mlp", suffix="_shexp")),
    metadata=(
        u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "intermediate_size"),
        _first(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, "moe_intermediate_size"),
        _first(Keys.LLM.EXPERT_USED_COUNT, "moe_topk"),
        _first(Keys.LLM.EXPERT_SHARED_COUNT, "num_shared_expert"),
    ),
    requirements=(  # llama.cpp src/models/hunyuan-moe.cpp
        *REQUIREMENTS,
        Requirement("rope_scaling", text("rope scaling of type dynamic"), is_dynamic, by="mlx-lm"),
        one_of("use_mixed_mlp_moe", True),
        Requirement("moe_topk", text("one value for all layers"), lambda c: len(set(_of_layers(c, "moe_topk"))) == 1),
        Requirement("num_shared_expert", text("one"), lambda c: set(_of_layers(c, "num_shared_expert")) == {1}),
        Requirement(
            "moe_intermediate_size",
            as_it_stands("intermediate_size"),
            lambda c: set(_of_layers(c, "moe_intermediate_size")) == {c["intermediate_size"]},
        ),
        Requirement("num_experts", text("several experts"), lambda c: c["num_experts"] > 1),
    ),
    sizes=moe.expert_size("intermediate_size"),
)
