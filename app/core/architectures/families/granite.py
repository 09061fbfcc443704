"""Granite and Granite MoE: Llama's layers with multipliers on embedding, attention, residuals and logits."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, ConfigRow, setting
from app.core.architectures.decoder import LAYER, PROJECTIONS, decoder_sizes, embedding_norm_head, head_size, mlp
from app.core.architectures.families.llama import LLAMA, NORMS, ROTARY_ATTENTION
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.text import text

MOE = LAYER + "block_sparse_moe"

# transformers models/granite/configuration_granite.py, GraniteConfig
DEFAULTS = {"num_key_value_heads": lambda config: config["num_attention_heads"]}
EVEN_HEADS = Requirement(
    "head_dim",
    text("heads that share hidden_size evenly"),
    lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
)
ROUTER = TensorRule(MOE + ".router.layer.weight", ("experts", "hidden"))
# Published with gate and up in one tensor; mlx-lm models/granitemoe.py, sanitize, takes them apart
EXPERTS = tuple(
    TensorRule(
        f"{MOE}.{'output' if name == 'down_proj' else 'input'}_linear.weight",
        ("experts", *shape),
        saved=f"{MOE}.switch_mlp.{name}.weight",
        mapped=f"{MOE}.switch_mlp.{name}.weight",
        gguf=f"blk.{{bid}}.ffn_{name.removesuffix('_proj')}_exps.weight",
    )
    for name, shape in PROJECTIONS.items()
)

METADATA = (  # llama.cpp conversion/granite.py, GraniteModel.set_gguf_parameters
    *LLAMA.all_metadata,
    ConfigRow(Keys.Attention.KEY_LENGTH, U32, value=lambda _: None),  # the graph has no place for head_dim
    ConfigRow(Keys.Attention.VALUE_LENGTH, U32, value=lambda _: None),
    ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=head_size),
    ConfigRow(Keys.Attention.SCALE, F32, ("attention_multiplier",), value=lambda c: c["attention_multiplier"] or None),
    ConfigRow(
        "{arch}.embedding_scale", F32, ("embedding_multiplier",), value=lambda c: c["embedding_multiplier"] or None
    ),
    ConfigRow("{arch}.residual_scale", F32, ("residual_multiplier",), value=lambda c: c["residual_multiplier"] or None),
    ConfigRow(Keys.LLM.LOGIT_SCALE, F32, ("logits_scaling",), value=lambda c: c["logits_scaling"] or None),
)

GRANITE = replace(
    LLAMA,
    name="Granite",
    model_types=("granite",),
    gguf="granite",
    head_source="llama.cpp src/models/granite.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/granite.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    defaults=DEFAULTS,
    parts=(),
    computed=LLAMA.all_computed,
    sizes=decoder_sizes,
    tensors=(*embedding_norm_head(), *NORMS, *ROTARY_ATTENTION, *mlp()),
    metadata=METADATA,
    requirements=(one_of("hidden_act", "silu"), rope_scaling("linear", "llama3", "yarn"), EVEN_HEADS),
)

GRANITE_MOE = replace(
    GRANITE,
    name="Granite MoE",
    model_types=("granitemoe",),
    gguf="granitemoe",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/granite-moe.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/granitemoe.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    tensors=(*embedding_norm_head(), *NORMS, *ROTARY_ATTENTION, ROUTER, *EXPERTS),
    sizes=lambda config, layer: {**decoder_sizes(config, layer), "expert_intermediate": config["intermediate_size"]},
    converts_huggingface=False,
)

FAMILIES: tuple[Architecture, ...] = (GRANITE, GRANITE_MOE)
