"""InternLM 3: Llama's graph and names, with heads of hidden_size / heads."""

from dataclasses import replace

from app.core.architectures.config_rows import setting
from app.core.architectures.families.llama import LLAMA
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.text import text

# transformers models/internlm3/configuration_internlm3.py, InternLM3Config
DEFAULTS = {
    "num_key_value_heads": 2,
    "max_position_embeddings": 32768,
    "rope_theta": 10000.0,
}

INTERNLM3 = replace(
    LLAMA,
    name="InternLM 3",
    model_types=("internlm3",),
    mlx_head_source="mlx-lm models/internlm3.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    unties_as_published=False,
    defaults=DEFAULTS,
    computed=(),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling("linear"),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),  # mlx-lm does not read head_dim
            lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        ),
    ),
)

FAMILIES = (INTERNLM3,)
