"""Seed-OSS: like Llama with biases on Q, K and V only; rows stay where they are."""

from app.core.architectures.vocabulary import *

SEED_OSS = Architecture(
    name="Seed-OSS",
    model_types=("seed_oss",),
    gguf="seed_oss",
    sources=("src/models/seed-oss.cpp", "conversion/llama.py", "mlx_lm/models/seed_oss.py"),
    # transformers models/seed_oss/configuration_seed_oss.py, SeedOssConfig
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),
    defaults={**common(context=524288, theta=10000.0), "attention_bias": True},
    parts=(decoder(), norms(names=NAMED_BY_PLACE), attention("qkv"), mlp(), rope("linear", "yarn")),
    requirements=(SILU, never("attention_out_bias", text("an output projection without bias")), NO_MLP_BIAS),
)
