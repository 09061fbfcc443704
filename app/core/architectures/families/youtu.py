"""Youtu-LLM: the compressed attention of DeepSeek V2 without experts."""

from app.core.architectures.families.deepseek2 import DEEPSEEK2, LAYERS
from app.core.architectures.vocabulary import *

YOUTU = replace(
    DEEPSEEK2,
    name="Youtu-LLM",
    model_types=("youtu_llm", "youtu"),
    sources=("src/models/deepseek2.cpp", "conversion/deepseek.py", "mlx_lm/models/youtu_llm.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    defaults={  # transformers models/youtu/configuration_youtu.py, YoutuConfig
        **latent.DEFAULTS,
        **lengths(layers=32, hidden=2048, intermediate=6144, heads=16),
        "max_position_embeddings": 131072,
    },
    parts=(*LAYERS, latent.kv_b(), mlp(), rope("yarn", reads_mscale=True)),
    requirements=(*deepseek.REQUIREMENTS, NEIGHBOURS, never("n_routed_experts", text("Youtu without experts"))),
)
