"""GPT-NeoX and Pythia: Q, K and V in one matrix, head by head; GGUF has all queries first, then keys, then values."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow
from app.core.architectures.decoder import decoder_sizes
from app.core.architectures.decoder_metadata import ROPE_BASE, unusual_rope_base
from app.core.architectures.families.starcoder import GELU
from app.core.architectures.ops import NOTHING, Change, Pick, Rows
from app.core.architectures.requirements import never, one_of, rope_scaling
from app.core.text import text

PUBLISHED, SAVED = "gpt_neox.layers.{}.", "model.h.{}."  # mlx-lm models/gpt_neox.py, sanitize

# transformers models/gpt_neox/configuration_gpt_neox.py, GPTNeoXConfig
DEFAULTS = {
    "intermediate_size": 24576,
    "use_parallel_residual": True,
    "rotary_pct": lambda config: config.get("partial_rotary_factor", 0.25),
    "rotary_emb_base": lambda config: config.get("rope_theta", ROPE_BASE),
}


def _one_after_the_other(layer: Layer) -> Change:
    view = (layer.sizes["heads"], 3, layer.sizes["head"])
    return Change(Rows((Pick(view, (1, 0, 2)),), text("heads of Q, K and V sorted")))


def _with_bias(name: str, *shape: str, sort: bool = False) -> tuple[TensorRule, TensorRule]:
    change = _one_after_the_other if sort else NOTHING
    return (
        TensorRule(f"{PUBLISHED}{name}.weight", shape, change, saved=f"{SAVED}{name}.weight"),
        TensorRule(f"{PUBLISHED}{name}.bias", shape[:1], change, saved=f"{SAVED}{name}.bias"),
    )


def _end(name: str, *shape: str, part: str = "weight") -> TensorRule:
    return TensorRule(f"gpt_neox.{name}.{part}", shape, saved=f"model.{name}.{part}")


def _rotated(config: Config) -> int:
    return int(config["rotary_pct"] * (config["hidden_size"] // config["num_attention_heads"]))


GPTNEOX = Architecture(
    name="GPT-NeoX",
    model_types=("gpt_neox",),
    gguf="gptneox",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/gptneox.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/gpt_neox.py: always has embed_out",
    ties_by_default=False,  # transformers GPTNeoXConfig
    defaults=DEFAULTS,
    embedding="gpt_neox.embed_in.weight",
    lm_head="embed_out.weight",
    tensors=(
        _end("embed_in", "vocabulary", "hidden"),
        _end("final_layer_norm", "hidden"),
        _end("final_layer_norm", "hidden", part="bias"),
        TensorRule("embed_out.weight", ("vocabulary", "hidden"), optional=True, saved="model.embed_out.weight"),
        *_with_bias("input_layernorm", "hidden"),
        *_with_bias("post_attention_layernorm", "hidden"),
        *_with_bias("attention.query_key_value", "3*hidden", "hidden", sort=True),
        *_with_bias("attention.dense", "hidden", "hidden"),
        *_with_bias("mlp.dense_h_to_4h", "intermediate", "hidden"),
        *_with_bias("mlp.dense_4h_to_h", "hidden", "intermediate"),
    ),
    metadata=(  # llama.cpp conversion/gptneox.py, set_gguf_parameters
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_position_embeddings",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("rotary_pct",), value=_rotated),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.LLM.USE_PARALLEL_RESIDUAL, BOOL, ("use_parallel_residual",)),
        ConfigRow(Keys.Attention.LAYERNORM_EPS, F32, ("layer_norm_eps",)),
        unusual_rope_base("rotary_emb_base"),
    ),
    requirements=(
        one_of("hidden_act", *GELU),
        one_of("attention_bias", True),
        rope_scaling(),
        never("tie_word_embeddings", text("a head of its own")),
    ),
    sizes=lambda config, layer: {
        **decoder_sizes({**config, "num_key_value_heads": None}, layer),
        "3*hidden": 3 * config["hidden_size"],
    },
)

FAMILIES = (GPTNEOX,)
