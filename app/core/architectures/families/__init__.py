"""One small file for each GGUF graph, a row in it for each model type. To add one: docs/add-a-family.md."""

from app.core.architectures.architecture import Architecture
from app.core.architectures.families import (
    chatglm,
    cohere2,
    command_r,
    deepseek,
    deepseek2,
    falcon_h1,
    gemma,
    gemma2,
    gemma3,
    glm4,
    glm4_moe,
    gpt_oss,
    lfm2,
    llama,
    mistral3,
    olmo2,
    qwen35,
    smollm3,
    stablelm,
)

MODULES = (
    chatglm,
    cohere2,
    command_r,
    deepseek,
    deepseek2,
    falcon_h1,
    gemma,
    gemma2,
    gemma3,
    glm4,
    glm4_moe,
    gpt_oss,
    lfm2,
    llama,
    mistral3,
    olmo2,
    qwen35,
    smollm3,
    stablelm,
)

ARCHITECTURES: tuple[Architecture, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
