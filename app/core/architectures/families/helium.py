"""Helium: Llama's graph, but rotary pairs are neighbours already, so that no rows move."""

from dataclasses import replace

from app.core.architectures.decoder import attention, embedding_norm_head, mlp
from app.core.architectures.families.llama import LLAMA, NORMS
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, one_of, rope_scaling

HELIUM = replace(
    LLAMA,
    name="Helium",
    model_types=("helium",),
    mlx_head_source="mlx-lm models/helium.py: computes with the embedding when tie_word_embeddings is set",
    # transformers models/helium/configuration_helium.py, HeliumConfig; its rotate_half takes neighbours
    defaults={"num_key_value_heads": lambda config: config["num_attention_heads"]},
    tensors=(*embedding_norm_head(), *NORMS, *attention(), *mlp()),
    requirements=(one_of("hidden_act", "silu"), rope_scaling("linear", "llama3", "yarn"), MLX_DOES_NOT_SCALE),
)

FAMILIES = (HELIUM,)
