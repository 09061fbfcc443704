"""Granite 4 without Mamba layers (micro, 1B, 350M): Granite's graph, or Granite MoE's where it has experts."""

from app.core.architectures.families.granite import GRANITE
from app.core.architectures.vocabulary import *

REQUIREMENTS = (
    *GRANITE.requirements,
    MLX_DOES_NOT_SCALE,
    one_of("position_embedding_type", "rope"),
    Requirement(
        "layer_types", text("one kind for each layer"), lambda c: len(c["layer_types"]) == c["num_hidden_layers"]
    ),
)

GRANITE_4 = replace(
    GRANITE,
    name="Granite 4",
    model_types=("granitemoehybrid",),
    when=lambda config: granite.sees_everything(config) and not granite.EXPERTS(config, 0),
    sources=("src/models/granite.cpp", "conversion/granite.py", "mlx_lm/models/granitemoehybrid.py"),
    parts=(*granite.WITH_ROPE, granite.only_network()),
    metadata=(  # llama.cpp conversion/granite.py, GraniteHybridModel.set_gguf_parameters
        *granite.METADATA,
        u32(Keys.Attention.HEAD_COUNT_KV, value=lambda c: [c["num_key_value_heads"]] * c["num_hidden_layers"]),
        granite.SHARED_LENGTH,
        constant(Keys.Rope.SCALING_FINETUNED, True),  # src/models/granite.cpp: rope at all
        # Of Mamba layers that are not there; no graph reads these
        ssm.KERNEL,
        ssm.STATE,
        ssm.GROUPS,
        u32(
            Keys.SSM.INNER_SIZE,
            "mamba_expand",
            value=lambda c: c["mamba_expand"] * c["hidden_size"] if c.get("mamba_expand") else None,
        ),
        ssm.HEADS,
    ),
    requirements=(*REQUIREMENTS, granite.ONE_NETWORK),
)

GRANITE_4_MOE = replace(
    GRANITE_4,
    name="Granite 4 MoE",
    gguf="granitemoe",
    when=lambda config: granite.sees_everything(config) and granite.EXPERTS(config, 0),
    sources=("src/models/granite-moe.cpp", "conversion/granite.py", "mlx_lm/models/granitemoehybrid.py"),
    parts=(*granite.WITH_ROPE, granite.experts(), granite.shared_network()),
    requirements=REQUIREMENTS,
)
