"""TeleChat 3: Llama under a name of its own."""

from dataclasses import replace

from app.core.architectures.families.llama import DEFAULTS, LLAMA

TELECHAT3 = replace(
    LLAMA,
    name="TeleChat 3",
    model_types=("telechat3",),
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/telechat3.py"),
    ties_by_default=False,
    unties_as_published=False,
    defaults={name: DEFAULTS[name] for name in ("num_key_value_heads", "head_dim")},  # TeleChat3Config
)

FAMILIES = (TELECHAT3,)
