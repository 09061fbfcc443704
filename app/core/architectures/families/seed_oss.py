"""Seed-OSS: biases of queries, keys and values; the second norm named by its place; no rows move for rope."""

from app.core.architectures.vocabulary import *

SEED_OSS = Architecture(
    name="Seed-OSS",
    model_types=("seed_oss",),
    gguf="seed_oss",
    sources=("src/models/seed-oss.cpp", "conversion/olmo.py", "mlx_lm/models/seed_oss.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),
    # transformers models/seed_oss/configuration_seed_oss.py, SeedOssConfig
    defaults=common(context=524288, theta=10000.0),
    parts=(decoder(), norms(names=NAMED_BY_PLACE), attention("qkv"), mlp(), rope("linear", "yarn")),
    requirements=(
        SILU,
        NO_MLP_BIAS,
        never("attention_out_bias", text("attention without an output bias")),
        HALVES,
    ),
)
