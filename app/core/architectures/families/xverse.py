"""XVERSE: Llama's network in a GGUF graph of its own; as many keys as queries."""

from app.core.architectures.families.llama import LLAMA
from app.core.architectures.vocabulary import *

XVERSE = replace(
    LLAMA,
    name="XVERSE",
    model_types=("xverse",),
    gguf="xverse",
    sources=("src/models/xverse.cpp", "conversion/xverse.py", "mlx_lm/models/llama.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG, ties=True, unties_as_published=True),
    defaults={"max_position_embeddings": 8192},  # xverse/XVERSE-7B configuration_xverse.py, XverseConfig
    parts=(decoder(), norms(), turned_attention(), mlp(), rope("linear", "yarn")),
    metadata=(constant(Keys.LLM.TENSOR_DATA_LAYOUT, "Meta AI original pth"), rows.EVEN_HEADS),
    requirements=(SILU, FULL_ATTENTION_ONLY, HALVES, NO_OUTPUT_BIAS, NO_MLP_BIAS, AS_MANY_KV_HEADS, even_heads()),
)
