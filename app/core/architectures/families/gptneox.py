"""GPT-NeoX and Pythia: Q, K and V in one matrix, head by head; GGUF has all queries first, then keys, then values."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead
from app.core.architectures.config_rows import f32, u32
from app.core.architectures.decoder_metadata import ROPE_BASE, unusual_rope_base
from app.core.architectures.ops import Change, Pick, Rows
from app.core.architectures.parts import gpt, rows
from app.core.architectures.parts.decoder import ends
from app.core.architectures.parts.rope import rope
from app.core.architectures.requirements import OWN_HEAD, one_of
from app.core.architectures.sizes import decoder_sizes
from app.core.text import text

# mlx-lm models/gpt_neox.py, sanitize
SAVED = {"gpt_neox.layers.": "model.h.", "gpt_neox.": "model.", "embed_out.": "model.embed_out."}


def _one_after_the_other(layer: Layer) -> Change:
    view = (layer.sizes["heads"], 3, layer.sizes["head"])
    return Change(Rows((Pick(view, (1, 0, 2)),), text("heads of Q, K and V sorted")))


GPTNEOX = Architecture(
    name="GPT-NeoX",
    model_types=("gpt_neox",),
    gguf="gptneox",
    sources=("src/models/gptneox.cpp", "conversion/gptneox.py", "mlx_lm/models/gpt_neox.py"),
    head=Head.REQUIRED,
    mlx_head=MlxHead.PRESENCE,
    # transformers models/gpt_neox/configuration_gpt_neox.py, GPTNeoXConfig
    ties_by_default=False,
    defaults={
        "intermediate_size": 24576,
        "use_parallel_residual": True,
        "rotary_pct": lambda config: config.get("partial_rotary_factor", 0.25),
        "rotary_emb_base": lambda config: config.get("rope_theta", ROPE_BASE),
    },
    embedding="gpt_neox.embed_in.weight",
    lm_head="embed_out.weight",
    parts=(
        gpt.saved_as(
            ends(embedding="gpt_neox.embed_in", norm="gpt_neox.final_layer_norm", head="embed_out", norm_bias=True),
            SAVED,
        ),
        gpt.saved_as(gpt.layers("gpt_neox.layers.{}.", gpt.NEOX_NAMES, _one_after_the_other), SAVED),
        rope(),
    ),
    metadata=(
        rows.CONTEXT,
        rows.WIDTH,
        rows.LAYER_COUNT,
        rows.FEED_FORWARD,
        u32(
            Keys.Rope.DIMENSION_COUNT,
            "rotary_pct",
            value=lambda c: int(c["rotary_pct"] * (c["hidden_size"] // c["num_attention_heads"])),
        ),
        rows.HEADS,
        rows.PARALLEL,
        f32(Keys.Attention.LAYERNORM_EPS, "layer_norm_eps"),
        unusual_rope_base("rotary_emb_base"),
    ),
    requirements=(one_of("hidden_act", *gpt.GELU), one_of("attention_bias", True), OWN_HEAD),
    sizes=lambda config, layer: {
        **decoder_sizes({**config, "num_key_value_heads": None}, layer),
        "qkv": 3 * config["hidden_size"],
    },
)

FAMILIES = (GPTNEOX,)
