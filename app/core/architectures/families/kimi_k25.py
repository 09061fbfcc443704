"""Kimi K2.5 (text part): Kimi K2, which is DeepSeek V3, in a vision wrapper."""

from app.core.architectures.families.deepseek2 import DEEPSEEK3
from app.core.architectures.vocabulary import *

KIMI_K25 = replace(
    DEEPSEEK3,
    name="Kimi K2.5",
    model_types=("kimi_k25",),
    sources=("src/models/deepseek2.cpp", "conversion/deepseek.py", "mlx_lm/models/kimi_k25.py"),
)
