"""OLMoE: a mixture of experts in every layer, one norm over all queries and one over all keys."""

from app.core.architectures.vocabulary import *

OLMOE = Architecture(
    name="OLMoE",
    model_types=("olmoe",),
    gguf="olmoe",
    sources=("src/models/olmoe.cpp", "conversion/olmo.py", "mlx_lm/models/olmoe.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG, ties=True, unties_as_published=True),  # transformers OlmoeConfig
    # transformers models/olmoe/configuration_olmoe.py, OlmoeConfig
    defaults={"num_key_value_heads": query_heads, **common(context=4096, theta=10000.0)},
    parts=(decoder(), norms(), attention(), norms_of_all_heads(), moe.router(), moe.experts(), rope("linear", "yarn")),
    requirements=(
        SILU,
        HALVES,
        NO_OUTPUT_BIAS,
        NO_MLP_BIAS,
        never("clip_qkv", text("attention without clipping")),
        never("norm_topk_prob", text("expert weights that are not normalized")),
        even_heads(),
        AS_MANY_KV_HEADS,
    ),
    sizes=moe.expert_size("intermediate_size"),
)
