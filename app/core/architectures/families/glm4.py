"""GLM-4 dense models: gate and up projection stay one matrix, half of each head rotates in pairs of neighbours."""

from collections.abc import Callable

from app.core.architectures.vocabulary import *

# llama.cpp conversion/glm.py and chatglm.py
ROLES = {"eos": "<|endoftext|>", "eot": "<|user|>", "unk": "<|endoftext|>"}
BLOCKS = (decoder(), attention("qkv"), norms(), fused.mlp())

GLM4 = Architecture(
    name="GLM-4",
    model_types=("glm4",),
    gguf="glm4",
    vocabularies={"glm4": KnownVocabulary("glm4", {**ROLES, "bos": "<|endoftext|>"})},
    sources=("src/models/glm4.cpp", "conversion/glm.py", "mlx_lm/models/glm4.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE),
    # transformers models/glm4/configuration_glm4.py, Glm4Config; models/glm/configuration_glm.py has the same
    defaults={"max_position_embeddings": 131072},
    parts=(
        *BLOCKS,
        norms(names={"post_self_attn_layernorm": "post_attention_norm", "post_mlp_layernorm": "post_ffw_norm"}),
        rope("linear", "yarn"),
    ),
    metadata=(ROTARY_SIZE,),
    requirements=(
        SILU,
        NEIGHBOURS,
        MLX_DOES_NOT_SCALE,
        Requirement("rope_scaling", text("text"), lambda c: not c["rope_scaling"].get("mrope_section")),
    ),
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
    sources=("src/models/chatglm.cpp", "conversion/chatglm.py", "mlx_lm/models/glm.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),  # transformers GlmConfig
    defaults={**GLM4.defaults, "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
    parts=(*BLOCKS, rope()),
    # llama.cpp conversion/chatglm.py writes no sizes of a head. It looks for context, epsilon and rope's base under the
    # names of the older ChatGLM only, and writes defaults instead of what this type's config says; here they are right.
    metadata=(
        ROTARY_SIZE,
        u32(Keys.LLM.CONTEXT_LENGTH, "seq_length", "max_position_embeddings"),
        u32(Keys.Attention.KEY_LENGTH, value=lambda _: None),
        u32(Keys.Attention.VALUE_LENGTH, value=lambda _: None),
    ),
    requirements=(
        SILU,
        _same_as_older("layernorm_epsilon", lambda c: c["rms_norm_eps"]),
        _same_as_older("rope_ratio", lambda c: c["rope_theta"] / 10000),
        HEADS_FILL_ALL,
    ),
)
