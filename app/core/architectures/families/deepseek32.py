"""DeepSeek V3.2 and GLM-5: DeepSeek V3 with an indexer in each layer, which picks the tokens that attention sees."""

from app.core.architectures.families.deepseek2 import DEEPSEEK3, LAYERS
from app.core.architectures.families.glm4_moe import ROLES
from app.core.architectures.vocabulary import *

METADATA = (*deepseek.METADATA, *indexer.METADATA)


def _scales_fit(config: Config) -> bool:
    return not config["rope_scaling"].get("rope_type") or deepseek.scales_fit(config)


REQUIREMENTS = (
    *deepseek.REQUIREMENTS_OF_ALL,
    Requirement("rope_scaling", deepseek.SAME_SCALES, _scales_fit),
    has("q_lora_rank", text("queries of a low rank")),
    moe.HAS_EXPERTS,
    has("n_shared_experts", text("shared experts beside the others")),
    *fixed(scoring_func="sigmoid", topk_method="noaux_tc"),
    deepseek.DENSE_FIRST,
)

DEEPSEEK32 = replace(
    DEEPSEEK3,
    name="DeepSeek V3.2",
    model_types=("deepseek_v32",),
    gguf="deepseek32",
    sources=("src/models/deepseek32.cpp", "conversion/deepseek.py", "mlx_lm/models/deepseek_v32.py"),
    defaults={  # transformers models/deepseek_v32/configuration_deepseek_v32.py, DeepseekV32Config
        **DEEPSEEK3.defaults,
        "max_position_embeddings": 163840,
        "index_topk": 2048,
        "index_head_dim": 128,
        "index_n_heads": 64,
    },
    parts=(*LAYERS, indexer.INDEXER, latent.split_kv_b(), *deepseek.FEED_FORWARD, rope("yarn", reads_mscale=True)),
    metadata=METADATA,
    requirements=(
        *REQUIREMENTS,
        never("indexer_rope_interleave", text("an indexer that rotates the first half of a head against the second")),
    ),
)

GLM_DSA = replace(
    DEEPSEEK32,
    name="GLM-5",
    model_types=("glm_moe_dsa",),
    gguf="glm-dsa",
    vocabularies={"glm_moe_dsa": KnownVocabulary(roles=ROLES)},
    sources=("src/models/glm-dsa.cpp", "conversion/glm.py", "mlx_lm/models/glm_moe_dsa.py"),
    defaults={  # transformers models/glm_moe_dsa/configuration_glm_moe_dsa.py, GlmMoeDsaConfig
        "rope_theta": 10000.0,
        "partial_rotary_factor": 1.0,
        "indexer_types": lambda config: ["full"] * config["num_hidden_layers"],
    },
    metadata=(
        *METADATA,
        # gguf 0.19 has no name for this key
        flag("{arch}.attention.indexer.types", value=lambda c: [kind == "full" for kind in c["indexer_types"]]),
    ),
    requirements=(
        *REQUIREMENTS,
        *fixed(indexer_rope_interleave=True, partial_rotary_factor=1.0),
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
