"""Llama 4 (text part): three layers of chunked attention with rope, then one of full attention without."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    PROJECTIONS,
    attention,
    decoder_sizes,
    embedding_norm_head,
    head_size,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.architectures.rope_factors import llama3_factors
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "feed_forward"
PERIOD = 4  # llama.cpp src/models/llama4.cpp, load_swa_pattern; the chunk and the temperature are in the same place
EXPERTS_WITHOUT_NORMS = 128  # same file: a model of that many experts has no norms of queries and keys


def _has_experts(config: Config, layer: int) -> bool:
    return bool((layer + 1) % config["interleave_moe_layer_step"] == 0)


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _pattern_fits(config: Config) -> bool:
    layers = range(config["num_hidden_layers"])
    usual = ["chunked_attention" if (i + 1) % PERIOD else "full_attention" for i in layers]
    return (setting(config, "layer_types") or usual) == usual


def _rope_fits(config: Config) -> bool:
    usual = [int((i + 1) % PERIOD != 0) for i in range(config["num_hidden_layers"])]
    return (setting(config, "no_rope_layers") or usual) == usual


def _experts_fit(config: Config) -> bool:
    usual = [i for i in range(config["num_hidden_layers"]) if _has_experts(config, i)]
    return setting(config, "moe_layers") in (None, usual)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    small = config["intermediate_size"]
    return {
        **decoder_sizes(config, layer),
        "intermediate": config["intermediate_size_mlp"],
        "expert_intermediate": small,
        "shared_intermediate": small,
    }


# Published are the experts' matrices transposed, gate and up in one; mlx-lm takes them apart when it saves
NAMES = {"gate_proj": "gate_up_proj", "up_proj": "gate_up_proj", "down_proj": "down_proj"}
EXPERTS = tuple(
    TensorRule(
        f"{AT}.experts.{NAMES[name]}",
        ("experts", *shape),
        saved=f"{AT}.experts.{name}.weight",
        mapped=f"{AT}.experts.{name}.weight",
        layers=_has_experts,
    )
    for name, shape in PROJECTIONS.items()
)

LLAMA4 = Architecture(
    name="Llama 4",
    model_types=("llama4",),
    gguf="llama4",
    vocabularies={"llama4": KnownVocabulary(pre_tokenizer="llama4")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/llama4.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/llama4.py: always has a head",
    ties_by_default=False,
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *without_biases(attention()),
        *without_biases(mlp(AT, layers=_is_dense)),
        TensorRule(f"{AT}.router.weight", ("experts", "hidden"), layers=_has_experts),
        *EXPERTS,
        *without_biases(mlp(f"{AT}.shared_expert", "shared_intermediate", _has_experts)),
    ),
    metadata=(  # llama.cpp conversion/llama.py, Llama4Model.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=head_size),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size_mlp",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(Keys.LLM.INTERLEAVE_MOE_LAYER_STEP, U32, ("interleave_moe_layer_step",)),
    ),
    computed=(ComputedTensor("rope_freqs.weight", llama3_factors),),
    requirements=(  # llama.cpp src/models/llama4.cpp
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling("linear", "llama3", "yarn"),
        one_of("attention_chunk_size", 8192),
        one_of("floor_scale", 8192),
        one_of("attn_scale", 0.1),
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
        Requirement("layer_types", text("full attention in every fourth layer"), _pattern_fits),
        Requirement("no_rope_layers", text("rope in three of four layers"), _rope_fits),
        Requirement("moe_layers", text("experts in every interleave_moe_layer_step-th layer"), _experts_fit),
    ),
    sizes=_sizes,
    converts_huggingface=False,  # the experts are published transposed
)

FAMILIES = (LLAMA4,)
