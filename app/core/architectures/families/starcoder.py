"""StarCoder (GPTBigCode): GPT-2's network with one key head for all queries."""

from app.core.architectures.vocabulary import *

CONTEXT = u32(Keys.LLM.CONTEXT_LENGTH, "n_positions")
ACTIVATION = one_of("activation_function", *gpt.GELU)
ONE_KV_HEAD = constant(Keys.Attention.HEAD_COUNT_KV, 1)

STARCODER = Architecture(
    name="StarCoder",
    model_types=("gpt_bigcode",),
    gguf="starcoder",
    sources=("src/models/starcoder.cpp", "conversion/starcoder.py", "mlx_lm/models/gpt_bigcode.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),  # transformers GPTBigCodeConfig
    embedding="transformer.wte.weight",
    parts=(gpt.ends("transformer."), gpt.layers("transformer.h.{}.")),
    metadata=(CONTEXT, gpt.WIDTH, gpt.INNER, gpt.LAYERS, gpt.HEADS, ONE_KV_HEAD, gpt.EPSILON),
    requirements=(*fixed(multi_query=True, attention_bias=True, mlp_bias=True), ACTIVATION),
    sizes=lambda config, _: {"qkv": config["n_embd"] + 2 * (config["n_embd"] // config["n_head"])},
)
