"""StarCoder (GPTBigCode): GPT-2's network with one key head for all queries."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, ConfigRow
from app.core.architectures.families.gpt2 import WIDER, gpt_sizes, is_four_times_wider
from app.core.architectures.requirements import Requirement, never, one_of
from app.core.text import text

LAYER = "transformer.h.{}."
# llama.cpp computes all of them with tanh, which is off by less than 0.0005 for the first
GELU = ("gelu", "gelu_pytorch_tanh", "gelu_new", "gelu_fast")


def _with_bias(name: str, *shape: str) -> tuple[TensorRule, TensorRule]:
    return TensorRule(f"{name}.weight", shape), TensorRule(f"{name}.bias", shape[:1])


STARCODER = Architecture(
    name="StarCoder",
    model_types=("gpt_bigcode",),
    gguf="starcoder",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/starcoder.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/gpt_bigcode.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,  # transformers GPTBigCodeConfig
    embedding="transformer.wte.weight",
    tensors=(
        TensorRule("transformer.wte.weight", ("vocabulary", "hidden")),
        TensorRule("transformer.wpe.weight", ("positions", "hidden")),
        *_with_bias("transformer.ln_f", "hidden"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        *_with_bias(LAYER + "ln_1", "hidden"),
        *_with_bias(LAYER + "ln_2", "hidden"),
        *_with_bias(LAYER + "attn.c_attn", "hidden+2*head", "hidden"),
        *_with_bias(LAYER + "attn.c_proj", "hidden", "hidden"),
        *_with_bias(LAYER + "mlp.c_fc", "intermediate", "hidden"),
        *_with_bias(LAYER + "mlp.c_proj", "hidden", "intermediate"),
    ),
    metadata=(  # llama.cpp conversion/starcoder.py, StarCoderModel.set_gguf_parameters
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("n_positions",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("n_embd",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=lambda c: WIDER * c["n_embd"]),
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("n_layer",)),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("n_head",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, value=lambda _: 1),
        ConfigRow(Keys.Attention.LAYERNORM_EPS, F32, ("layer_norm_epsilon",)),
    ),
    requirements=(  # llama.cpp src/models/starcoder.cpp
        one_of("activation_function", *GELU),
        one_of("multi_query", True),
        one_of("scale_attn_weights", True),
        one_of("attention_bias", True),
        one_of("mlp_bias", True),
        never("add_cross_attention", text("attention to the text itself")),
        Requirement("n_inner", text("feed-forward networks of 4 × n_embd"), is_four_times_wider),
    ),
    sizes=lambda config, layer: {
        **gpt_sizes(config, layer),
        "hidden+2*head": config["n_embd"] + 2 * (config["n_embd"] // config["n_head"]),
    },
)

FAMILIES = (STARCODER,)
