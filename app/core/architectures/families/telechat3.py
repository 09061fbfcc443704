"""TeleChat 3: Llama under a name of its own."""

from app.core.architectures.families.llama import DEFAULTS, LLAMA
from app.core.architectures.vocabulary import *

TELECHAT3 = replace(
    LLAMA,
    name="TeleChat 3",
    model_types=("telechat3",),
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/telechat3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={name: DEFAULTS[name] for name in ("num_key_value_heads", "head_dim")},  # TeleChat3Config
    requirements=(SILU, FULL_ATTENTION_ONLY),
)
