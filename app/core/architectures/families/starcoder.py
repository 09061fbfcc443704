"""StarCoder (GPTBigCode): GPT-2's network with one key head for all queries."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import constant, f32, u32
from app.core.architectures.parts import gpt
from app.core.architectures.requirements import one_of

STARCODER = Architecture(
    name="StarCoder",
    model_types=("gpt_bigcode",),
    gguf="starcoder",
    sources=("src/models/starcoder.cpp", "conversion/starcoder.py", "mlx_lm/models/gpt_bigcode.py"),
    head=Head.OPTIONAL,
    mlx_head=MlxHead.CONFIG,
    ties_by_default=True,  # transformers GPTBigCodeConfig
    embedding="transformer.wte.weight",
    parts=(gpt.ends("transformer."), gpt.layers("transformer.h.{}.")),
    metadata=(  # in the order of StarCoderModel
        u32(Keys.LLM.CONTEXT_LENGTH, "n_positions"),
        u32(Keys.LLM.EMBEDDING_LENGTH, "n_embd"),
        u32(Keys.LLM.FEED_FORWARD_LENGTH, value=lambda c: gpt.WIDER * c["n_embd"]),
        u32(Keys.LLM.BLOCK_COUNT, "n_layer"),
        u32(Keys.Attention.HEAD_COUNT, "n_head"),
        constant(Keys.Attention.HEAD_COUNT_KV, 1),
        f32(Keys.Attention.LAYERNORM_EPS, "layer_norm_epsilon"),
    ),
    requirements=(
        one_of("activation_function", *gpt.GELU),
        one_of("multi_query", True),
        one_of("attention_bias", True),
        one_of("mlp_bias", True),
    ),
    sizes=lambda config, _: {"qkv": config["n_embd"] + 2 * (config["n_embd"] // config["n_head"])},
)

FAMILIES = (STARCODER,)
