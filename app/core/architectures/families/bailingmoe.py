"""Ling (Bailing MoE): Q, K, V in one matrix, taken apart in the first generation; the second has norms of heads."""

from app.core.architectures.parts.rotary import rotary_size
from app.core.architectures.parts.turned_qkv import turned_qkv
from app.core.architectures.vocabulary import *

AT = LAYER + "attention"
QKV = f"{AT}.query_key_value"
EXPERTS = from_layer("first_k_dense_replace")


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    width = setting(config, "moe_shared_expert_intermediate_size") or config["moe_intermediate_size"]
    return {"qkv": sizes["q_dim"] + 2 * sizes["kv_dim"], "shared_intermediate": width * config["num_shared_experts"]}


LAYERS = (
    decoder(embedding="model.word_embeddings"),
    norms(),
    Part(matrix(f"{AT}.dense", "attn_output", "hidden", "q_dim")),
    moe.router(("gate", "gate.gate_proj"), layers=EXPERTS),
    moe.experts(layers=EXPERTS),
    moe.shared_experts(layers=EXPERTS),
    rope("linear", "yarn"),
)
METADATA = (  # llama.cpp conversion/bailingmoe.py
    moe.FIRST_DENSE,
    VOCAB_SIZE,
    moe.EXPERT_LENGTH,
    moe.SHARED_NUMBER,
    moe.NORMALIZED,
)
REQUIREMENTS = (
    SILU,
    never("use_bias", text("matrices without biases")),
    never("use_qkv_bias", text("attention without biases")),
    one_of("moe_router_enable_shared_expert", True),
    has("num_experts", text("a mixture of experts")),
    even_heads(by="mlx-lm"),
)


def _is_second(config: Config) -> bool:
    return bool(config.get("use_qk_norm"))


BAILING = Architecture(
    name="Ling",
    model_types=("bailing_moe",),
    gguf="bailingmoe",
    sources=("src/models/bailingmoe.cpp", "conversion/bailingmoe.py", "mlx_lm/models/bailing_moe.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    embedding="model.word_embeddings.weight",
    parts=(*LAYERS, turned_qkv(QKV)),
    metadata=(*METADATA, rows.WHOLE_HEADS, constant(Keys.LLM.EXPERT_WEIGHTS_SCALE, 1.0)),
    requirements=(  # llama.cpp src/models/bailingmoe.cpp
        *REQUIREMENTS,
        *fixed(first_k_dense_replace=0, score_function="softmax"),
        *fixed(routed_scaling_factor=1.0, partial_rotary_factor=1.0),
        one_of("n_group", 0, 1),
        never("rotary_dim", text("rope of whole heads")),
        never("moe_router_enable_expert_bias", text("experts without biases")),
        has("num_shared_experts", text("shared experts")),
        equal("moe_shared_expert_intermediate_size", "moe_intermediate_size"),
    ),
    sizes=_sizes,
    when=lambda config: not config.get("norm_head") and not _is_second(config),
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
    return rotary_size(config) if found is None else int(found)


BAILING2 = replace(
    BAILING,
    name="Ling 2",
    gguf="bailingmoe2",
    sources=("src/models/bailingmoe2.cpp", "conversion/bailingmoe.py", "mlx_lm/models/bailing_moe.py"),
    defaults={"partial_rotary_factor": 1.0, "moe_shared_expert_intermediate_size": None},
    parts=(
        *LAYERS,
        Part(matrix(QKV, "attn_qkv", "qkv", "hidden")),
        head_norms(at=AT, names=("query_layernorm", "key_layernorm")),
        Part.of(tensor(f"{MLP}.gate.expert_bias", "exp_probs_b.bias", "experts", layers=EXPERTS, optional=True)),
        mlp(layers=EXPERTS.others),
    ),
    metadata=(
        *METADATA,
        u32(Keys.Rope.DIMENSION_COUNT, value=_rotated),
        u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "moe_shared_expert_intermediate_size", "moe_intermediate_size"),
        moe.SCALE,
        # layers that predict further tokens are left out
        u32(Keys.LLM.NEXTN_PREDICT_LAYERS, value=lambda c: None if c.get("num_nextn_predict_layers") is None else 0),
    ),
    requirements=(  # llama.cpp src/models/bailingmoe2.cpp
        *REQUIREMENTS,
        never("norm_head", text("a head that is not normalized")),
        one_of("num_shared_experts", 1),
        Requirement("rotary_dim", text("partial_rotary_factor of a head"), lambda c: _rotated(c) == rotary_size(c)),
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
