"""GPT-NeoX and Pythia: Q, K and V in one matrix, head by head; GGUF has all queries first, then keys, then values."""

from app.core.architectures.decoder_metadata import ROPE_BASE
from app.core.architectures.parts.rows import CONTEXT, EPSILON, HEADS, INNER, LAYER_COUNT, PARALLEL, WIDTH
from app.core.architectures.vocabulary import *

ENDS = ends(embedding="gpt_neox.embed_in", norm="gpt_neox.final_layer_norm", head="embed_out", norm_bias=True)
*OTHER_ENDS, HEAD = saved_at(ENDS, "gpt_neox.", "model.").tensors


def _one_after_the_other(layer: Layer) -> Change:
    view = (layer.sizes["heads"], 3, layer.sizes["head"])
    return Change(Rows((Pick(view, (1, 0, 2)),), text("heads of Q, K and V sorted")))


BLOCKS = gpt.layers("gpt_neox.layers.{}.", gpt.NEOX_NAMES, _one_after_the_other)
ROTATED = u32(Keys.Rope.DIMENSION_COUNT, "rotary_pct", value=lambda c: rows.rotated_share(c, "rotary_pct"))
BASE = unusual_rope_base("rotary_emb_base")

GPTNEOX = Architecture(
    name="GPT-NeoX",
    model_types=("gpt_neox",),
    gguf="gptneox",
    sources=("src/models/gptneox.cpp", "conversion/gptneox.py", "mlx_lm/models/gpt_neox.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    defaults={  # transformers models/gpt_neox/configuration_gpt_neox.py, GPTNeoXConfig
        "intermediate_size": 24576,
        "use_parallel_residual": True,
        "rotary_pct": lambda config: config.get("partial_rotary_factor", 0.25),
        "rotary_emb_base": lambda config: config.get("rope_theta", ROPE_BASE),
    },
    embedding="gpt_neox.embed_in.weight",
    lm_head="embed_out.weight",
    # mlx-lm models/gpt_neox.py, sanitize, renames them
    parts=(
        Part((*OTHER_ENDS, replace(HEAD, saved="model.embed_out.weight"))),
        saved_at(BLOCKS, "gpt_neox.layers.", "model.h."),
        rope(),
    ),
    metadata=(CONTEXT, WIDTH, LAYER_COUNT, INNER, ROTATED, HEADS, PARALLEL, EPSILON, BASE),
    requirements=(one_of("hidden_act", *gpt.GELU), one_of("attention_bias", True), OWN_HEAD),
    sizes=lambda c, layer: {**decoder_sizes({**c, "num_key_value_heads": None}, layer), "qkv": 3 * c["hidden_size"]},
)
