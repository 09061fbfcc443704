"""PLaMo: one norm for attention and feed-forward network, and query heads that take their key heads in turn.

GGUF's query heads share a key head with their neighbours, so that they move. llama.cpp conversion/plamo.py.
"""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow
from app.core.architectures.decoder import decoder_sizes, mlp, vector, without_biases
from app.core.architectures.decoder_metadata import unusual_rope_base
from app.core.architectures.ops import Change, Columns, Pick, Rows
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.text import text

LAYER = "model.layers.layers.{}."
AT = LAYER + "self_attn"
CONTEXT = 4096  # llama.cpp conversion/plamo.py; config.json does not say
SORTED = text("query heads sorted by key heads")

# pfnet/plamo-13b configuration_plamo.py, PlamoConfig
DEFAULTS = {
    "n_shared_head": 8,
}


def _groups(config: Config) -> int:
    return -(-int(config["num_attention_heads"]) // int(config["n_shared_head"]))


def _sizes(config: Config, layer: int) -> dict[str, int]:
    return decoder_sizes({**config, "head_dim": None, "num_key_value_heads": _groups(config)}, layer)


def _neighbours(layer: Layer) -> tuple[Pick]:
    heads, kv_heads = layer.sizes["heads"], layer.sizes["kv_heads"]
    return (Pick((heads // kv_heads, kv_heads, layer.sizes["head"]), (1, 0, 2)),)


def _moved_rows(layer: Layer) -> Change:
    return Change(Rows(_neighbours(layer), SORTED))


def _moved_columns(layer: Layer) -> Change:
    return Change(within_rows=Columns(_neighbours(layer), SORTED))


PLAMO = Architecture(
    name="PLaMo",
    model_types=("plamo",),
    gguf="plamo",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/plamo.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/plamo.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(
        TensorRule("model.embed_tokens.weight", ("vocabulary", "hidden")),
        vector("model.norm"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        vector(LAYER + "norm"),
        TensorRule(f"{AT}.q_proj.weight", ("q_dim", "hidden"), _moved_rows),
        TensorRule(f"{AT}.k_proj.weight", ("kv_dim", "hidden")),
        TensorRule(f"{AT}.v_proj.weight", ("kv_dim", "hidden")),
        TensorRule(f"{AT}.o_proj.weight", ("hidden", "q_dim"), _moved_columns),
        *without_biases(mlp(LAYER + "mlp")),
    ),
    metadata=(
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, value=lambda _: CONTEXT),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("n_shared_head",), value=_groups),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
        unusual_rope_base(),
    ),
    requirements=(  # llama.cpp src/models/plamo.cpp
        one_of("hidden_act", "silu"),
        rope_scaling(),
        never("rope_traditional", text("rope of halves of heads")),
        Requirement(
            "num_attention_heads",
            text("heads that share hidden_size evenly"),
            lambda c: c["hidden_size"] % c["num_attention_heads"] == 0,
        ),
        Requirement(
            "n_shared_head",
            text("as many query heads for each KV head"),
            lambda c: c["num_attention_heads"] % c["n_shared_head"] == 0,
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (PLAMO,)
