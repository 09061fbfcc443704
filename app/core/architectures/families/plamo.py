"""PLaMo: one norm for attention and feed-forward network, and query heads that take their key heads in turn.

GGUF's query heads share a key head with their neighbours, so that they move. llama.cpp conversion/plamo.py.
"""

from app.core.architectures.parts.plamo import BLOCK
from app.core.architectures.vocabulary import *

CONTEXT = 4096  # llama.cpp conversion/plamo.py; config.json does not say
SORTED = text("query heads sorted by key heads")


def _groups(config: Config) -> int:
    return -(-int(config["num_attention_heads"]) // int(config["n_shared_head"]))


def _sizes(config: Config, layer: int) -> dict[str, int]:
    return decoder_sizes({**config, "head_dim": None, "num_key_value_heads": _groups(config)}, layer)


def _neighbours(layer: Layer) -> tuple[Pick]:
    heads, kv_heads = layer.sizes["heads"], layer.sizes["kv_heads"]
    return (Pick((heads // kv_heads, kv_heads, layer.sizes["head"]), (1, 0, 2)),)


*INPUTS, OUTPUT = attention(at=BLOCK + "self_attn", q=lambda layer: Change(Rows(_neighbours(layer), SORTED))).tensors
SORTED_OUTPUT = replace(OUTPUT, change=lambda layer: Change(within_rows=Columns(_neighbours(layer), SORTED)))

PLAMO = Architecture(
    name="PLaMo",
    model_types=("plamo",),
    gguf="plamo",
    sources=("src/models/plamo.cpp", "conversion/plamo.py", "mlx_lm/models/plamo.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    defaults={"n_shared_head": 8},  # pfnet/plamo-13b configuration_plamo.py, PlamoConfig
    parts=(
        ends(),
        norms(names={"norm": "attn_norm"}, at=BLOCK),
        Part((*INPUTS, SORTED_OUTPUT)),
        mlp(BLOCK + "mlp"),
        rope(),
    ),
    metadata=(
        constant(Keys.LLM.CONTEXT_LENGTH, CONTEXT),
        *rows.LENGTHS,
        u32(Keys.Attention.HEAD_COUNT_KV, "n_shared_head", value=_groups),
        rows.RMS_EPSILON,
        unusual_rope_base(),
    ),
    requirements=(
        SILU,
        HALVES,
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
