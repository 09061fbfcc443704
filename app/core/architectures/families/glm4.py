"""GLM-4 dense models: gate and up projection stay one matrix, half of each head rotates in pairs of neighbours."""

from collections.abc import Callable
from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    head_size,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, Requirement, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

# transformers models/glm4/configuration_glm4.py, Glm4Config; models/glm/configuration_glm.py has the same
DEFAULTS = {
    "max_position_embeddings": 131072,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    return {**sizes, "2*intermediate": 2 * sizes["intermediate"]}


def rotary_size(config: Config) -> int:
    """Values of a head that rotate."""
    return int(head_size(config) * config["partial_rotary_factor"])


TENSORS = (
    *embedding_norm_head(),
    *without_biases(attention(), "o_proj"),
    vector(LAYER + "input_layernorm"),
    vector(LAYER + "post_attention_layernorm"),
    TensorRule(LAYER + "mlp.gate_up_proj.weight", ("2*intermediate", "hidden")),
    TensorRule(LAYER + "mlp.down_proj.weight", ("hidden", "intermediate")),
)
METADATA = (*DECODER_METADATA, ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("partial_rotary_factor",), value=rotary_size))

# llama.cpp conversion/glm.py and chatglm.py
ROLES = {"eos": "<|endoftext|>", "eot": "<|user|>", "unk": "<|endoftext|>"}

GLM4 = Architecture(
    name="GLM-4",
    model_types=("glm4",),
    gguf="glm4",
    vocabularies={"glm4": KnownVocabulary("glm4", {**ROLES, "bos": "<|endoftext|>"})},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/glm4.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/glm4.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(*TENSORS, vector(LAYER + "post_self_attn_layernorm"), vector(LAYER + "post_mlp_layernorm")),
    metadata=METADATA,  # llama.cpp conversion/glm.py, Glm4Model
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling("linear", "yarn"),
        MLX_DOES_NOT_SCALE,
        Requirement("rope_scaling", text("text"), lambda c: not c["rope_scaling"].get("mrope_section")),
    ),
    sizes=_sizes,
)


def _same_as_older(name: str, value: Callable[[Config], float]) -> Requirement:
    """Of a setting that has a name in ChatGLM and one in GLM: what it must be where config.json has both."""
    return Requirement(
        name, text("what it has under its newer name"), lambda c: setting(c, name) in (None, value(c)), by="mlx-lm"
    )


GLM = replace(
    GLM4,
    name="GLM",
    model_types=("glm",),
    gguf="chatglm",
    vocabularies={"glm": KnownVocabulary(roles={**ROLES, "bos": "[gMASK]"})},
    head_source="llama.cpp src/models/chatglm.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/glm.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers GlmConfig
    defaults={**DEFAULTS, "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
    tensors=TENSORS,
    # llama.cpp conversion/chatglm.py writes no sizes of a head. It looks for context, epsilon and rope's base under the
    # names of the older ChatGLM only, and writes defaults instead of what this type's config says; here they are right.
    metadata=(
        *METADATA,
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("seq_length", "max_position_embeddings")),
        ConfigRow(Keys.Attention.KEY_LENGTH, U32, value=lambda _: None),
        ConfigRow(Keys.Attention.VALUE_LENGTH, U32, value=lambda _: None),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling(),
        _same_as_older("layernorm_epsilon", lambda c: c["rms_norm_eps"]),
        _same_as_older("rope_ratio", lambda c: c["rope_theta"] / 10000),
        Requirement(
            "head_dim",
            text("hidden_size / heads"),
            lambda c: head_size(c) * c["num_attention_heads"] == c["hidden_size"],
        ),
    ),
)

FAMILIES = (GLM4, GLM)
