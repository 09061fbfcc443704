"""DeepSeek V2, V3 and their look-alikes: latent attention, a mixture of experts."""

from app.core.architectures.families.glm4_moe import ROLES
from app.core.architectures.vocabulary import *

LAYERS = (decoder(), norms(), latent.queries(), latent.latent(), latent.output())

DEEPSEEK3 = Architecture(
    name="DeepSeek V3",
    model_types=("deepseek_v3", "kimi_k2", "joyai_llm_flash"),  # mlx-lm utils.py, MODEL_REMAPPING: one and the same
    gguf="deepseek2",
    vocabularies={"deepseek_v3": KnownVocabulary(pre_tokenizer="deepseek-v3")},
    sources=("src/models/deepseek2.cpp", "conversion/deepseek.py", "mlx_lm/models/deepseek_v3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE),
    defaults={  # transformers models/deepseek_v3/configuration_deepseek_v3.py, DeepseekV3Config
        **latent.DEFAULTS,
        **lengths(layers=61, hidden=7168, intermediate=18432, heads=128),
        **moe.numbers(width=2048, used=8, groups=(8, 4), n_shared_experts=1, n_routed_experts=256),
        "routed_scaling_factor": 2.5,
        "first_k_dense_replace": 3,
        "norm_topk_prob": True,
        "scoring_func": "sigmoid",  # the published implementation knows nothing else; llama.cpp would take softmax
        "max_position_embeddings": 4096,
    },
    parts=(*LAYERS, latent.split_kv_b(), *deepseek.FEED_FORWARD, rope("yarn", reads_mscale=True)),
    metadata=deepseek.METADATA,
    requirements=(*deepseek.REQUIREMENTS, one_of("topk_method", "noaux_tc")),
)

DEEPSEEK2 = replace(
    DEEPSEEK3,
    name="DeepSeek V2",
    model_types=("deepseek_v2",),
    sources=("src/models/deepseek2.cpp", "conversion/deepseek.py", "mlx_lm/models/deepseek_v2.py"),
    defaults={  # transformers models/deepseek_v2/configuration_deepseek_v2.py, DeepseekV2Config
        **latent.DEFAULTS,
        **lengths(layers=32, hidden=4096, intermediate=11008, heads=32),
        **moe.numbers(width=1407, n_shared_experts=2, n_routed_experts=64),
        "routed_scaling_factor": 1.0,
        "topk_method": "greedy",
        "first_k_dense_replace": 0,
        "norm_topk_prob": False,
        "max_position_embeddings": 2048,
    },
    parts=(*LAYERS, latent.kv_b(), *deepseek.FEED_FORWARD, rope("yarn", reads_mscale=True)),
    requirements=(
        *deepseek.REQUIREMENTS,
        Requirement(
            "topk_method",
            text("the choice among the best groups of experts, or one group"),
            lambda c: c["topk_method"] == "group_limited_greedy" or (setting(c, "n_group") or 1) == 1,
        ),
        # mlx-lm models/deepseek_v2.py takes every kind for yarn
        Requirement(
            "rope_scaling", text("rope scaling of type yarn"), lambda c: c["rope_scaling"].get("rope_type") != "dynamic"
        ),
        # llama.cpp src/llama-graph.cpp, build_moe_ffn; mlx-lm models/deepseek_v2.py, MoEGate
        Requirement(
            "n_group",
            text("groups of experts that are chosen by their two best experts together, not by the best one"),
            lambda c: (setting(c, "n_group") or 1) == 1,
            is_tolerated=True,
        ),
    ),
)

GLM4_MOE_LITE = replace(
    DEEPSEEK3,
    name="GLM-4 MoE Lite",
    model_types=("glm4_moe_lite",),
    vocabularies={"glm4_moe_lite": KnownVocabulary(roles=ROLES)},
    sources=("src/models/deepseek2.cpp", "conversion/glm.py", "mlx_lm/models/glm4_moe_lite.py"),
    defaults={  # transformers models/glm4_moe_lite/configuration_glm4_moe_lite.py, Glm4MoeLiteConfig
        **DEEPSEEK3.defaults,
        **lengths(layers=47, hidden=2048, intermediate=10240, heads=20),
        **moe.numbers(width=1536, used=4, groups=(1, 1), n_routed_experts=64),
        "routed_scaling_factor": 1.8,
        "q_lora_rank": 768,
        "v_head_dim": 256,
        "qk_nope_head_dim": 192,
        "first_k_dense_replace": 1,
        **common(context=202752, epsilon=1e-5),
    },
    requirements=(*DEEPSEEK3.requirements, deepseek.DENSE_FIRST),
)
