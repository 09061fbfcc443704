"""Granite 4 hybrids: most layers are Mamba 2, a few attention without positions; experts or one shared network."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, TensorRule
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, attention, embedding_norm_head, rotary_rows
from app.core.architectures.families.granite import DEFAULTS, GRANITE_MOE, METADATA
from app.core.architectures.families.granite4 import (
    ATTENTION,
    BESIDE_EXPERTS,
    MAMBA,
    MLX_HEAD,
    ONE_NETWORK,
    WITHOUT_EXPERTS,
    feed_forward_sizes,
    has_experts,
    is_dense,
    kinds,
    sees_everything,
)
from app.core.architectures.families.llama import NORMS
from app.core.architectures.ops import NegativeExp, on_values
from app.core.architectures.requirements import (
    CONVOLUTION_BIAS,
    UNLIMITED_TIME_STEPS,
    Requirement,
    one_of,
    rope_scaling,
)
from app.core.text import text

AT = LAYER + "mamba"
CONTEXT = 1 << 20  # llama.cpp conversion/granite.py: without positions there is no limit
EXPANSION = 2  # llama.cpp src/models/granite-hybrid.cpp


def _sizes(config: Config, layer: int) -> dict[str, int]:
    inner = config["mamba_n_heads"] * config["mamba_d_head"]
    states = config["mamba_n_groups"] * config["mamba_d_state"]
    return {
        **feed_forward_sizes(config, layer),
        "inner": inner,
        "channels": inner + 2 * states,
        "in": 2 * inner + 2 * states + config["mamba_n_heads"],
        "kernel": config["mamba_d_conv"],
        "ssm heads": config["mamba_n_heads"],
        "ssm groups": config["mamba_n_groups"],
        "group": inner // config["mamba_n_groups"],
        "one": 1,
    }


def _is_mamba(config: Config, layer: int) -> bool:
    return kinds(config)[layer] == MAMBA


def _is_attention(config: Config, layer: int) -> bool:
    return not _is_mamba(config, layer)


STATES = tuple(
    replace(rule, layers=_is_mamba)
    for rule in (
        TensorRule(f"{AT}.in_proj.weight", ("in", "hidden")),
        TensorRule(f"{AT}.conv1d.weight", ("channels", "kernel")),
        TensorRule(f"{AT}.conv1d.bias", ("channels",)),
        TensorRule(f"{AT}.dt_bias", ("ssm heads",), mapped=f"{AT}.dt_proj.bias"),
        TensorRule(f"{AT}.A_log", ("ssm heads",), on_values(NegativeExp()), written=("ssm heads", "one")),
        TensorRule(f"{AT}.D", ("ssm heads",), written=("ssm heads", "one")),
        TensorRule(f"{AT}.norm.weight", ("inner",), written=("ssm groups", "group")),
        TensorRule(f"{AT}.out_proj.weight", ("hidden", "inner")),
    )
)
FEED_FORWARD = (
    *(replace(rule, layers=has_experts) for rule in BESIDE_EXPERTS),
    *(replace(rule, layers=is_dense) for rule in WITHOUT_EXPERTS),
)


def _groups(config: Config) -> list[int]:
    return [0 if kind == MAMBA else config["num_key_value_heads"] for kind in kinds(config)]


def _one_kind_each(config: Config) -> bool:
    return len(config["layer_types"]) == config["num_hidden_layers"] and {*kinds(config)} <= {ATTENTION, MAMBA}


GRANITE_HYBRID = replace(
    GRANITE_MOE,
    name="Granite 4 hybrid",
    model_types=("granitemoehybrid",),
    gguf="granitehybrid",
    when=lambda config: not sees_everything(config),
    head_source="llama.cpp src/models/granite-hybrid.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source=MLX_HEAD,
    # transformers models/granitemoehybrid/configuration_granitemoehybrid.py, GraniteMoeHybridConfig
    defaults={
        **DEFAULTS,
        "rope_theta": 10000.0,
        "num_local_experts": 8,
        "num_experts_per_tok": 2,
        "shared_intermediate_size": 1024,
        "mamba_n_heads": 128,
        "mamba_n_groups": 1,
        "mamba_d_state": 256,
        "mamba_d_head": 64,
        "mamba_d_conv": 4,
    },
    tensors=(
        *embedding_norm_head(),
        *NORMS,
        *attention(rotary_rows("heads"), rotary_rows("kv_heads"), layers=_is_attention),
        *STATES,
        *FEED_FORWARD,
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, value=lambda _: CONTEXT),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, value=_groups),
        ConfigRow(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, ("shared_intermediate_size",)),
        ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("mamba_d_conv",)),
        ConfigRow(Keys.SSM.STATE_SIZE, U32, ("mamba_d_state",)),
        ConfigRow(Keys.SSM.GROUP_COUNT, U32, ("mamba_n_groups",)),
        ConfigRow(Keys.SSM.INNER_SIZE, U32, value=lambda c: c["mamba_n_heads"] * c["mamba_d_head"]),
        ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, ("mamba_n_heads",)),
        ConfigRow(Keys.Rope.SCALING_FINETUNED, BOOL, value=lambda _: False),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        CONVOLUTION_BIAS,
        UNLIMITED_TIME_STEPS,
        one_of("position_embedding_type", "nope"),
        rope_scaling(),
        *(one for one in GRANITE_MOE.requirements if one.name == "head_dim"),
        Requirement(
            "mamba_n_heads",
            text("a state-space part twice as wide as the model"),
            lambda c: c["mamba_n_heads"] * c["mamba_d_head"] == EXPANSION * c["hidden_size"],
        ),
        Requirement("layer_types", text("attention or Mamba 2 in each layer"), _one_kind_each),
        ONE_NETWORK,
        Requirement(
            "shared_intermediate_size", text("a shared network"), lambda c: bool(setting(c, "shared_intermediate_size"))
        ),
    ),
    sizes=_sizes,
    converts_huggingface=False,
    marker="conv1d.weight",
)

FAMILIES: tuple[Architecture, ...] = (GRANITE_HYBRID,)
