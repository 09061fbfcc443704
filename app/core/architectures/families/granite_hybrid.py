"""Granite 4 hybrids: most layers are Mamba 2, a few attention without positions; experts or one shared network."""

from app.core.architectures.parts.granite import EXPERTS, MAMBA
from app.core.architectures.vocabulary import *

EXPANSION = 2  # llama.cpp src/models/granite-hybrid.cpp
STATES = ssm.Mamba2()


def _groups(config: Config) -> list[int]:
    return [0 if kind in granite.MAMBA_KINDS else config["num_key_value_heads"] for kind in config["layer_types"]]


def _one_kind_each(config: Config) -> bool:
    kinds = config["layer_types"]
    known = {*granite.ATTENTION_KINDS, *granite.MAMBA_KINDS}
    return len(kinds) == config["num_hidden_layers"] and {*kinds} <= known


GRANITE_HYBRID = Architecture(
    name="Granite 4 hybrid",
    model_types=("granitemoehybrid",),
    gguf="granitehybrid",
    when=lambda config: not granite.sees_everything(config),
    sources=("src/models/granite-hybrid.cpp", "conversion/granite.py", "mlx_lm/models/granitemoehybrid.py"),
    # transformers GraniteMoeHybridConfig
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),
    defaults={  # transformers models/granitemoehybrid/configuration_granitemoehybrid.py, GraniteMoeHybridConfig
        "num_key_value_heads": query_heads,
        "rope_theta": 10000.0,
        **moe.numbers(used=2, num_local_experts=8),
        "shared_intermediate_size": 1024,
        **STATES.lengths(heads=128, head=64, groups=1, state=256, kernel=4),
    },
    parts=(
        *granite.BLOCKS,
        turned_attention("qkvo", MAMBA.others),
        STATES.part(layers=MAMBA),
        granite.experts(layers=EXPERTS),
        granite.shared_network(layers=EXPERTS),
        granite.only_network(layers=EXPERTS.others),
        rope(),
    ),
    metadata=(
        *granite.METADATA,
        ssm.CONTEXT,
        u32(Keys.Attention.HEAD_COUNT_KV, value=_groups),
        granite.SHARED_LENGTH,
        ssm.KERNEL,
        ssm.STATE,
        ssm.GROUPS,
        u32(Keys.SSM.INNER_SIZE, value=STATES.inner),
        ssm.HEADS,
        constant(Keys.Rope.SCALING_FINETUNED, False),
    ),
    requirements=(
        SILU,
        one_of("position_embedding_type", "nope"),
        even_heads(),
        Requirement(
            "mamba_n_heads",
            text("a state-space part twice as wide as the model"),
            lambda c: STATES.inner(c) == EXPANSION * c["hidden_size"],
        ),
        Requirement("layer_types", text("attention or Mamba 2 in each layer"), _one_kind_each),
        granite.ONE_NETWORK,
        has("shared_intermediate_size", text("a shared network")),
    ),
    marker="conv1d.weight",
)
