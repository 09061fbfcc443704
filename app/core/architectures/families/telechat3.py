"""TeleChat 3: Llama under a name of its own."""

from dataclasses import replace

from app.core.architectures.families.llama import LLAMA

TELECHAT3 = replace(
    LLAMA,
    name="TeleChat 3",
    model_types=("telechat3",),
    mlx_head_source="mlx-lm models/telechat3.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    unties_as_published=False,
    # TeleChat3Config
    defaults={
        "num_key_value_heads": lambda config: config["num_attention_heads"],
        "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
    },
)

FAMILIES = (TELECHAT3,)
