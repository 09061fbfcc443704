"""Mamba, and Falcon Mamba with norms of its own: state spaces in every layer, no attention. Mamba 2 has heads."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow
from app.core.architectures.decoder import vector
from app.core.architectures.ops import NegativeExp, on_values
from app.core.architectures.requirements import UNLIMITED_TIME_STEPS, Requirement, never, one_of
from app.core.text import text

AT = "backbone.layers.{}."
MIXER = AT + "mixer"
LONGEST = 1 << 20  # llama.cpp conversion/mamba.py: without positions there is no limit
EXPANSION = 2  # llama.cpp src/models/mamba.cpp
RANK_SHARE = 16  # transformers models/mamba/configuration_mamba.py, MambaConfig: time_step_rank "auto"

# same file
DEFAULTS = {
    "layer_norm_epsilon": 1e-5,
    "expand": EXPANSION,
    "intermediate_size": lambda config: config["expand"] * config["hidden_size"],
}


def _rank(config: Config) -> int:
    found = config["time_step_rank"]
    return -(-int(config["hidden_size"]) // RANK_SHARE) if found == "auto" else found


def _sizes(config: Config, _layer: int) -> Mapping[str, int]:
    inner, rank, state = config["intermediate_size"], _rank(config), config["state_size"]
    return {
        "hidden": config["hidden_size"],
        "inner": inner,
        "2*inner": 2 * inner,
        "kernel": config["conv_kernel"],
        "rank": rank,
        "state": state,
        "rank+2*state": rank + 2 * state,
    }


ENDS = (
    TensorRule("backbone.embeddings.weight", ("vocabulary", "hidden")),
    vector("backbone.norm_f"),
    TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
)
METADATA = (  # llama.cpp conversion/mamba.py, set_gguf_parameters
    ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, value=lambda _: LONGEST),
    ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
    ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=lambda _: 0),
    ConfigRow(Keys.Attention.HEAD_COUNT, U32, value=lambda _: 0),
    ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
    ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("conv_kernel",)),
    ConfigRow(Keys.SSM.INNER_SIZE, U32, ("intermediate_size",)),
    ConfigRow(Keys.SSM.STATE_SIZE, U32, ("state_size",)),
    ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("layer_norm_epsilon",)),
)


def _expands(by: int | None = None) -> Requirement:
    def fits(config: Config) -> bool:
        return bool(config["intermediate_size"] == (by or config["expand"]) * config["hidden_size"])

    return Requirement("intermediate_size", text("{factor} times hidden_size", factor=by or "expand"), fits)


REQUIREMENTS = (  # llama.cpp src/models/mamba.cpp, mamba2.cpp
    one_of("hidden_act", "silu"),
    never("use_bias", text("projections without biases")),
    one_of("use_conv_bias", True),
)

MAMBA = Architecture(
    name="Mamba",
    model_types=("mamba",),
    gguf="mamba",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/mamba.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/mamba.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    defaults=DEFAULTS,
    embedding="backbone.embeddings.weight",
    tensors=(
        *ENDS,
        vector(AT + "norm"),
        TensorRule(f"{MIXER}.in_proj.weight", ("2*inner", "hidden")),
        TensorRule(f"{MIXER}.conv1d.weight", ("inner", "kernel")),
        TensorRule(f"{MIXER}.conv1d.bias", ("inner",)),
        TensorRule(f"{MIXER}.x_proj.weight", ("rank+2*state", "inner")),
        TensorRule(f"{MIXER}.dt_proj.weight", ("inner", "rank")),
        TensorRule(f"{MIXER}.dt_proj.bias", ("inner",)),
        TensorRule(f"{MIXER}.A_log", ("inner", "state"), on_values(NegativeExp())),
        TensorRule(f"{MIXER}.D", ("inner",)),
        TensorRule(f"{MIXER}.out_proj.weight", ("hidden", "inner")),
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, ("time_step_rank",), value=_rank),
        ConfigRow(Keys.SSM.DT_B_C_RMS, BOOL, value=lambda _: False),
    ),
    requirements=(*REQUIREMENTS, never("use_bcdt_rms", text("B, C and time steps without norms")), _expands(EXPANSION)),
    sizes=_sizes,
)

# mixer_rms_eps is not stored: llama.cpp takes layer_norm_epsilon, as for the published model
FALCON_MAMBA = replace(
    MAMBA,
    name="Falcon Mamba",
    model_types=("falcon_mamba",),
    metadata=(*MAMBA.metadata, ConfigRow(Keys.SSM.DT_B_C_RMS, BOOL, value=lambda _: True)),
    requirements=(*REQUIREMENTS, _expands(EXPANSION)),
)

# transformers models/mamba2/configuration_mamba2.py, Mamba2Config
DEFAULTS_2: dict[str, Any] = {
    **{name: value for name, value in DEFAULTS.items() if name != "layer_norm_epsilon"},
}


def _sizes_2(config: Config, _layer: int) -> Mapping[str, int]:
    heads, groups = config["num_heads"], config["n_groups"]
    inner, states = heads * config["head_dim"], groups * config["state_size"]
    return {
        "hidden": config["hidden_size"],
        "inner": inner,
        "channels": inner + 2 * states,
        "in": 2 * inner + 2 * states + heads,
        "kernel": config["conv_kernel"],
        "ssm heads": heads,
        "ssm groups": groups,
        "group": inner // groups,
        "one": 1,
    }


MAMBA2 = replace(
    MAMBA,
    name="Mamba 2",
    model_types=("mamba2",),
    gguf="mamba2",
    head_source="llama.cpp src/models/mamba2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/mamba2.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS_2,
    tensors=(
        *ENDS,
        vector(AT + "norm"),
        TensorRule(f"{MIXER}.in_proj.weight", ("in", "hidden")),
        TensorRule(f"{MIXER}.conv1d.weight", ("channels", "kernel")),
        TensorRule(f"{MIXER}.conv1d.bias", ("channels",)),
        TensorRule(f"{MIXER}.dt_bias", ("ssm heads",), mapped=f"{MIXER}.dt_proj.bias"),
        TensorRule(f"{MIXER}.A_log", ("ssm heads",), on_values(NegativeExp()), written=("ssm heads", "one")),
        TensorRule(f"{MIXER}.D", ("ssm heads",), written=("ssm heads", "one")),
        TensorRule(f"{MIXER}.norm.weight", ("inner",), written=("ssm groups", "group")),
        TensorRule(f"{MIXER}.out_proj.weight", ("hidden", "inner")),
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, ("num_heads",)),
        ConfigRow(Keys.SSM.GROUP_COUNT, U32, ("n_groups",)),
    ),
    requirements=(
        *REQUIREMENTS,
        _expands(),
        Requirement(
            "num_heads",
            text("heads that fill intermediate_size"),
            lambda c: c["num_heads"] * c["head_dim"] == c["intermediate_size"],
        ),
        UNLIMITED_TIME_STEPS,
    ),
    sizes=_sizes_2,
)

FAMILIES = (MAMBA, FALCON_MAMBA, MAMBA2)
