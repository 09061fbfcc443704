"""GLM-4.5 to 4.7 and Solar Open: mixtures of experts whose scores are sigmoids with a correction."""

from app.core.architectures.vocabulary import *

EXPERTS = from_layer("first_k_dense_replace")
# llama.cpp conversion/glm.py
ROLES = {"bos": "[gMASK]", "eot": "<|user|>", "unk": "<|endoftext|>", "eom": "<|observation|>"}

GLM4_MOE = Architecture(
    name="GLM-4 MoE",
    model_types=("glm4_moe",),
    gguf="glm4moe",
    vocabularies={"glm4_moe": KnownVocabulary("glm4", ROLES)},
    sources=("src/models/glm4-moe.cpp", "conversion/glm.py", "mlx_lm/models/glm4_moe.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE),
    parts=(
        decoder(),
        norms(names=NAMED_BY_PLACE),
        attention("qkv"),
        head_norms(layers=where("use_qk_norm")),
        mlp(layers=EXPERTS.others),
        moe.router(bias=moe.CORRECTION, layers=EXPERTS),
        moe.experts(layers=EXPERTS),
        moe.shared_experts(layers=EXPERTS & where("n_shared_experts"), count="n_shared_experts"),
        rope("linear", "yarn"),
    ),
    metadata=(
        ROTARY_SIZE,
        moe.EXPERT_LENGTH,
        moe.SHARED_COUNT,
        moe.FIRST_DENSE,
        moe.ALWAYS_SIGMOID,
        moe.SCALE,
        moe.NORMALIZED,
    ),
    requirements=(SILU, MLX_DOES_NOT_SCALE, *fixed(scoring_func="sigmoid", topk_method="noaux_tc"), moe.HAS_EXPERTS),
)

SOLAR_OPEN = replace(
    GLM4_MOE,
    name="Solar Open",
    model_types=("solar_open",),
    sources=("src/models/glm4-moe.cpp", "conversion/glm.py", "mlx_lm/models/solar_open.py"),
    # transformers models/solar_open/configuration_solar_open.py, SolarOpenConfig
    defaults={"n_group": 1, "topk_group": 1, "use_qk_norm": False},
)
