"""IQuest Coder: Llama under a name of its own."""

from app.core.architectures.families.llama import DEFAULTS, LLAMA
from app.core.architectures.vocabulary import *

IQUEST_CODER = replace(
    LLAMA,
    name="IQuest Coder",
    model_types=("iquestcoder",),
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/llama.py"),
    # transformers models/iquestcoder/configuration_iquestcoder.py, IQuestCoderConfig
    defaults={**DEFAULTS, "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 131072},
    requirements=(
        *LLAMA.requirements,
        never("clip_qkv", text("queries, keys and values that are not clipped")),
        windows.NEVER,
    ),
)
