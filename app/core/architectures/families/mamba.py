"""Mamba, and Falcon Mamba with norms of its own: state spaces in every layer, no attention. Mamba 2 has heads."""

from app.core.architectures.vocabulary import *

AT = "backbone.layers.{}."
EXPANSION = 2  # llama.cpp src/models/mamba.cpp
INNER = {"intermediate_size": lambda config: config["expand"] * config["hidden_size"]}


def _expands(by: int | None = None) -> Requirement:
    def fits(config: Config) -> bool:
        return bool(config["intermediate_size"] == (by or config["expand"]) * config["hidden_size"])

    return Requirement("intermediate_size", text("{factor} times hidden_size", factor=by or "expand"), fits)


# What all three share
AROUND = Part(
    (
        *ends(embedding="backbone.embeddings", norm="backbone.norm_f").tensors,
        *norms(names={"norm": "attn_norm"}, at=AT).tensors,
    ),
    metadata=(  # llama.cpp conversion/mamba.py, set_gguf_parameters
        ssm.CONTEXT,
        rows.WIDTH,
        constant(Keys.LLM.FEED_FORWARD_LENGTH, 0),
        constant(Keys.Attention.HEAD_COUNT, 0),
        rows.LAYER_COUNT,
        u32(Keys.SSM.CONV_KERNEL, "conv_kernel"),
        u32(Keys.SSM.INNER_SIZE, "intermediate_size"),
        u32(Keys.SSM.STATE_SIZE, "state_size"),
        f32(Keys.Attention.LAYERNORM_RMS_EPS, "layer_norm_epsilon"),
    ),
    requirements=(SILU, never("use_bias", text("projections without biases"))),
    sizes=lambda config, _: {"hidden": config["hidden_size"]},
)
LAYERS = ssm.Mamba(lambda config: config["intermediate_size"], "state_size", "conv_kernel", "time_step_rank")
LAYERS_2 = ssm.Mamba2("num_heads", "head_dim", "n_groups", "state_size", "conv_kernel", "use_conv_bias")
RANK = u32(Keys.SSM.TIME_STEP_RANK, "time_step_rank", value=LAYERS.rank_of)

MAMBA = Architecture(
    name="Mamba",
    model_types=("mamba",),
    gguf="mamba",
    sources=("src/models/mamba.cpp", "conversion/mamba.py", "mlx_lm/models/mamba.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    # transformers models/mamba/configuration_mamba.py, MambaConfig
    defaults={"layer_norm_epsilon": 1e-5, "expand": EXPANSION, **INNER},
    embedding="backbone.embeddings.weight",
    parts=(AROUND, LAYERS.part(AT + "mixer")),
    metadata=(RANK, constant(Keys.SSM.DT_B_C_RMS, False)),
    requirements=(
        one_of("use_conv_bias", True),
        never("use_bcdt_rms", text("B, C and time steps without norms")),
        _expands(EXPANSION),
    ),
)

# mixer_rms_eps is not stored: llama.cpp takes layer_norm_epsilon, as for the published model
FALCON_MAMBA = replace(
    MAMBA,
    name="Falcon Mamba",
    model_types=("falcon_mamba",),
    metadata=(RANK, constant(Keys.SSM.DT_B_C_RMS, True)),
    requirements=(one_of("use_conv_bias", True), _expands(EXPANSION)),
)

MAMBA2 = replace(
    MAMBA,
    name="Mamba 2",
    model_types=("mamba2",),
    gguf="mamba2",
    sources=("src/models/mamba2.cpp", "conversion/mamba.py", "mlx_lm/models/mamba2.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={"expand": EXPANSION, **INNER},  # transformers models/mamba2/configuration_mamba2.py, Mamba2Config
    parts=(AROUND, LAYERS_2.part(AT + "mixer")),
    metadata=(u32(Keys.SSM.TIME_STEP_RANK, "num_heads"), u32(Keys.SSM.GROUP_COUNT, "n_groups")),
    requirements=(
        _expands(),
        Requirement(
            "num_heads",
            text("heads that fill intermediate_size"),
            lambda c: c["num_heads"] * c["head_dim"] == c["intermediate_size"],
        ),
    ),
)
