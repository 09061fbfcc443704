"""Llama 4 (text part): three layers of chunked attention with rope, then one of full attention without."""

from app.core.architectures.vocabulary import *

FORWARD = LAYER + "feed_forward"
EXPERTS = each("interleave_moe_layer_step")
PERIOD = 4  # llama.cpp src/models/llama4.cpp, load_swa_pattern; the chunk and the temperature are in the same place
EXPERTS_WITHOUT_NORMS = 128  # same file: a model of that many experts has no norms of queries and keys


def _every_fourth(name: str, last: str | int, others: str | int, only: Text) -> Requirement:
    """A setting of each layer that is silent, or has one value in every fourth layer and another in the rest."""

    def fits(config: Config) -> bool:
        usual = [others if (i + 1) % PERIOD else last for i in range(config["num_hidden_layers"])]
        return (setting(config, name) or usual) == usual

    return Requirement(name, only, fits)


def _experts_fit(config: Config) -> bool:
    usual = [i for i, has_experts in enumerate(EXPERTS.flags(config)) if has_experts]
    return setting(config, "moe_layers") in (None, usual)


LLAMA4 = Architecture(
    name="Llama 4",
    model_types=("llama4",),
    gguf="llama4",
    vocabularies={"llama4": KnownVocabulary(pre_tokenizer="llama4")},
    sources=("src/models/llama4.cpp", "conversion/llama.py", "mlx_lm/models/llama4.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE),
    parts=(
        decoder(),
        norms(),
        attention(),
        mlp(FORWARD, layers=EXPERTS.others),
        moe.router("router", at=FORWARD, layers=EXPERTS),
        moe.packed_experts(FORWARD, "experts", EXPERTS, ("experts.gate_up_proj", "experts.down_proj")),
        moe.shared_experts(FORWARD + ".shared_expert", EXPERTS),
        rope("linear", "llama3", "yarn"),
    ),
    metadata=(
        VOCAB_SIZE,
        rows.WHOLE_HEADS,
        u32(Keys.LLM.FEED_FORWARD_LENGTH, "intermediate_size_mlp"),
        moe.INTERMEDIATE_LENGTH,
        u32(Keys.LLM.INTERLEAVE_MOE_LAYER_STEP, "interleave_moe_layer_step"),
    ),
    requirements=(
        SILU,
        NO_OUTPUT_BIAS,
        *fixed(attention_chunk_size=8192, floor_scale=8192, attn_scale=0.1),
        Requirement(
            "attn_temperature_tuning",
            text("scaled queries where there is no rope"),
            lambda c: bool(c.get("attn_temperature_tuning", True)),
        ),
        Requirement(
            "use_qk_norm",
            text("norms of queries and keys unless there are 128 experts"),
            lambda c: bool(c["use_qk_norm"]) == (c["num_local_experts"] != EXPERTS_WITHOUT_NORMS),
        ),
        Requirement("num_local_experts", text("a mixture of experts"), lambda c: c["num_local_experts"] > 0),
        _every_fourth(
            "layer_types", "full_attention", "chunked_attention", text("full attention in every fourth layer")
        ),
        _every_fourth("no_rope_layers", 0, 1, text("rope in three of four layers")),
        Requirement("moe_layers", text("experts in every interleave_moe_layer_step-th layer"), _experts_fit),
    ),
    sizes=lambda config, _: {
        "intermediate": config["intermediate_size_mlp"],
        "expert_intermediate": config["intermediate_size"],
        "shared_intermediate": config["intermediate_size"],
    },
    converts_huggingface=False,  # the experts are published transposed
)
