"""ERNIE 4.5, dense and as a mixture of experts: rotates neighbours, so that no rows move."""

from app.core.architectures.vocabulary import *

EXPERTS = from_layer("moe_layer_start_index")
BLOCKS = (decoder(), norms(), attention())

ERNIE = Architecture(
    name="ERNIE 4.5",
    model_types=("ernie4_5",),
    gguf="ernie4_5",
    sources=("src/models/ernie4-5.cpp", "conversion/ernie.py", "mlx_lm/models/ernie4_5.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    parts=(*BLOCKS, mlp(), rope("linear", "yarn")),
    requirements=(SILU, never("use_bias", text("feed-forward networks without biases")), MLX_DOES_NOT_SCALE),
)


def _shared_length(config: Config) -> int | None:
    """llama.cpp conversion/ernie.py writes just this."""
    if not setting(config, "moe_num_shared_experts"):
        return None
    return int(config["intermediate_size"] // config["num_key_value_heads"])


ERNIE_MOE = Architecture(
    name="ERNIE 4.5 MoE",
    model_types=("ernie4_5_moe",),
    gguf="ernie4_5-moe",
    sources=("src/models/ernie4-5-moe.cpp", "conversion/ernie.py", "mlx_lm/models/ernie4_5_moe.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    defaults={  # transformers models/ernie4_5_moe/configuration_ernie4_5_moe.py, Ernie4_5_MoeConfig
        "moe_intermediate_size": 1536,
        "moe_k": 6,
        "moe_num_shared_experts": 2,
        "moe_layer_start_index": 1,
        "moe_layer_interval": 1,
    },
    parts=(
        *BLOCKS,
        mlp(layers=EXPERTS.others),
        # mlx-lm models/ernie4_5_moe.py, sanitize, throws the correction away, and computes without it
        moe.router(bias="moe_statics.e_score_correction_bias", layers=EXPERTS, optional_bias=True),
        moe.experts(layers=EXPERTS),
        moe.shared_experts(
            layers=EXPERTS & where("moe_num_shared_experts"), count="moe_num_shared_experts", is_optional=True
        ),
        rope("linear", "yarn"),
    ),
    metadata=(
        u32(Keys.LLM.EXPERT_COUNT, "moe_num_experts"),
        u32(Keys.LLM.EXPERT_USED_COUNT, "moe_k"),
        u32(Keys.LLM.INTERLEAVE_MOE_LAYER_STEP, "moe_layer_interval"),
        u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, "moe_layer_start_index"),
        moe.EXPERT_LENGTH,
        u32(Keys.LLM.EXPERT_SHARED_COUNT, "moe_num_shared_experts"),
        u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, value=_shared_length),
    ),
    requirements=(
        *ERNIE.requirements,
        *fixed(moe_gate_act="softmax", moe_layer_interval=1),
        Requirement(
            "moe_layer_end_index",
            text("experts up to the last layer"),
            lambda c: setting(c, "moe_layer_end_index") in (None, -1, c["num_hidden_layers"] - 1),
        ),
        Requirement(
            "moe_num_shared_experts",
            text("shared experts as long as llama.cpp takes them to be"),
            lambda c: (
                (_shared_length(c) or 0) == (setting(c, "moe_num_shared_experts") or 0) * c["moe_intermediate_size"]
            ),
        ),
    ),
    sizes=lambda config, _: {"experts": config["moe_num_experts"]},
)
