"""EXAONE 3 and 3.5: Llama's network under GPT-2's names; rows stay where they are."""

from app.core.architectures.vocabulary import *

AT = "transformer.h.{}."

EXAONE = Architecture(
    name="EXAONE 3",
    model_types=("exaone",),
    gguf="exaone",
    sources=("src/models/exaone.cpp", "conversion/exaone.py", "mlx_lm/models/exaone.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),  # transformers ExaoneConfig
    # transformers models/exaone/configuration_exaone.py, ExaoneConfig, under the names of published configurations
    defaults={"max_position_embeddings": 4096},
    embedding="transformer.wte.weight",
    parts=(
        decoder(embedding="transformer.wte", norm="transformer.ln_f"),
        norms(names={"ln_1": "attn_norm", "ln_2": "ffn_norm"}, at=AT),
        attention(at=f"{AT}attn.attention", output="out_proj"),
        mlp(f"{AT}mlp", names=("c_fc_0", "c_fc_1", "c_proj")),
        rope("linear", "llama3", "yarn"),
    ),
    metadata=(rows.RMS_EPSILON_OF_GPT2, rows.EVEN_HEADS),
    requirements=(
        one_of("activation_function", "silu"),
        SILU,
        NO_OUTPUT_BIAS,
        NO_MLP_BIAS,
        one_of("partial_rotary_factor", 1.0),
        even_heads(),
        HALVES,
    ),
)
