"""Helium: Llama's graph, but rotary pairs are neighbours already, so that no rows move."""

from app.core.architectures.families.llama import LLAMA
from app.core.architectures.vocabulary import *

HELIUM = replace(
    LLAMA,
    name="Helium",
    model_types=("helium",),
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/helium.py"),
    # transformers models/helium/configuration_helium.py, HeliumConfig; its rotate_half takes neighbours
    defaults={"num_key_value_heads": query_heads},
    parts=(decoder(), norms(), attention("qkvo"), mlp(bias=None), rope("linear", "llama3", "yarn")),
    requirements=(SILU, MLX_DOES_NOT_SCALE),
)
