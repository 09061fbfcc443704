"""InternLM 3: Llama's graph and names, with heads of hidden_size / heads."""

from app.core.architectures.families.llama import LAYERS, LLAMA
from app.core.architectures.vocabulary import *

INTERNLM3 = replace(
    LLAMA,
    name="InternLM 3",
    model_types=("internlm3",),
    sources=("src/models/llama.cpp", "conversion/internlm.py", "mlx_lm/models/internlm3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    # configuration_internlm3.py beside the published models, InternLM3Config
    defaults={"num_key_value_heads": 2, **common(context=32768, theta=10000.0)},
    parts=(*LAYERS, rope("linear")),
    requirements=(SILU, HALVES, even_heads()),
)
