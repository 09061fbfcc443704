"""One small file for each GGUF graph, with a row for every model type that uses it. To add one: docs/add-a-family.md."""

from app.core.architectures.architecture import Architecture
from app.core.architectures.families import (
    deepseek,
    deepseek2,
    dots1,
    falcon_h1,
    gemma3,
    glm4,
    glm4_moe,
    gpt_oss,
    llama,
    minimax_m2,
    qwen35,
)

MODULES = (
    deepseek,
    deepseek2,
    dots1,
    falcon_h1,
    gemma3,
    glm4,
    glm4_moe,
    gpt_oss,
    llama,
    minimax_m2,
    qwen35,
)

ARCHITECTURES: tuple[Architecture, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
