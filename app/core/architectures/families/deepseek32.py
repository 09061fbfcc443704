"""DeepSeek V3.2 and GLM-5: DeepSeek V3 with an indexer in each layer, which picks the tokens that attention sees."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Head, TensorRule
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, embedding_norm_head, linear
from app.core.architectures.families.deepseek2 import (
    ATTENTION,
    DEEPSEEK3,
    DEFAULTS_V3,
    FEED_FORWARD,
    METADATA,
    NORMS,
    SPLIT_KV_B,
    latent_sizes,
)
from app.core.architectures.families.glm4_moe import ROLES
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "self_attn.indexer"

INDEXER = (
    *linear(f"{AT}.k_norm", "index head", "one"),
    TensorRule(f"{AT}.weights_proj.weight", ("index heads", "hidden")),
    TensorRule(f"{AT}.wk.weight", ("index head", "hidden")),
    TensorRule(f"{AT}.wq_b.weight", ("index heads*head", "q_rank")),
)
NORM, NORM_BIAS = INDEXER[:2]
TENSORS = (
    *embedding_norm_head(),
    *NORMS,
    *ATTENTION,
    replace(NORM, shape=("index head",)),
    replace(NORM_BIAS, optional=False),
    *INDEXER[2:],
    *SPLIT_KV_B,
    *FEED_FORWARD,
)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    head, heads = config["index_head_dim"], config["index_n_heads"]
    return {**latent_sizes(config, layer), "index head": head, "index heads": heads, "index heads*head": head * heads}


def _layers_fit(config: Config) -> bool:
    dense, kinds = config["first_k_dense_replace"], setting(config, "mlp_layer_types")
    return kinds in (None, ["dense"] * dense + ["sparse"] * (config["num_hidden_layers"] - dense))


def _scales_fit(config: Config) -> bool:
    """llama.cpp does not store mscale, but takes it from mscale_all_dim: src/llama-context.cpp."""
    scaling = config["rope_scaling"]
    return not scaling.get("rope_type") or (scaling.get("mscale") or 1) == (scaling.get("mscale_all_dim") or 1)


INDEXER_KEYS = Keys.Attention.Indexer
INDEXER_METADATA = (
    ConfigRow(INDEXER_KEYS.HEAD_COUNT, U32, ("index_n_heads",)),
    ConfigRow(INDEXER_KEYS.KEY_LENGTH, U32, ("index_head_dim",)),
    ConfigRow(INDEXER_KEYS.TOP_K, U32, ("index_topk",)),
)
REQUIREMENTS = (
    one_of("hidden_act", "silu"),
    never("attention_bias", text("attention without biases")),
    never("mlp_bias", text("feed-forward networks without biases")),
    rope_scaling("yarn"),
    Requirement("rope_scaling", text("mscale equal to mscale_all_dim"), _scales_fit),
    Requirement("q_lora_rank", text("queries of a low rank"), lambda c: bool(setting(c, "q_lora_rank"))),
    Requirement("n_routed_experts", text("a mixture of experts"), lambda c: bool(setting(c, "n_routed_experts"))),
    Requirement(
        "n_shared_experts", text("shared experts beside the others"), lambda c: bool(setting(c, "n_shared_experts"))
    ),
    one_of("moe_layer_freq", 1),
    one_of("scoring_func", "sigmoid"),
    one_of("topk_method", "noaux_tc"),
    Requirement("mlp_layer_types", text("dense layers before those with experts"), _layers_fit),
)

DEEPSEEK32 = replace(
    DEEPSEEK3,
    name="DeepSeek V3.2",
    model_types=("deepseek_v32",),
    gguf="deepseek32",
    names_like="glm-dsa",  # the same tensors; gguf 0.19 does not know deepseek32
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/deepseek32.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/deepseek_v32.py: always has a head",
    # transformers models/deepseek_v32/configuration_deepseek_v32.py, DeepseekV32Config
    defaults={
        **DEFAULTS_V3,
        "max_position_embeddings": 163840,
        "index_topk": 2048,
        "index_head_dim": 128,
        "index_n_heads": 64,
    },
    tensors=TENSORS,
    metadata=(*METADATA, *INDEXER_METADATA),
    requirements=(
        *REQUIREMENTS,
        one_of("rope_interleave", True),
        never("indexer_rope_interleave", text("an indexer that rotates the first half of a head against the second")),
    ),
    sizes=_sizes,
)

GLM_DSA = replace(
    DEEPSEEK32,
    name="GLM-5",
    model_types=("glm_moe_dsa",),
    gguf="glm-dsa",
    vocabularies={"glm_moe_dsa": KnownVocabulary(roles=ROLES)},
    names_like="",
    head_source="llama.cpp src/models/glm-dsa.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/glm_moe_dsa.py: always has a head",
    # transformers models/glm_moe_dsa/configuration_glm_moe_dsa.py, GlmMoeDsaConfig
    defaults={
        "rope_theta": 10000.0,
        "partial_rotary_factor": 1.0,
        "indexer_types": lambda config: ["full"] * config["num_hidden_layers"],
    },
    metadata=(
        *METADATA,
        *INDEXER_METADATA,
        # gguf 0.19 has no name for this key
        ConfigRow(
            "{arch}.attention.indexer.types", BOOL, value=lambda c: [kind == "full" for kind in c["indexer_types"]]
        ),
    ),
    requirements=(
        *REQUIREMENTS,
        one_of("rope_interleave", True),
        one_of("indexer_rope_interleave", True),
        one_of("partial_rotary_factor", 1.0),
        # llama.cpp src/models/glm-dsa.cpp lets layers share one; mlx-lm 0.32 models/deepseek_v32.py reads neither
        Requirement(
            "indexer_types",
            text("an indexer in each layer"),
            lambda c: c["indexer_types"] == ["full"] * c["num_hidden_layers"],
            by="mlx-lm",
        ),
        one_of("index_topk_freq", 1, by="mlx-lm"),
    ),
)

FAMILIES = (DEEPSEEK32, GLM_DSA)
