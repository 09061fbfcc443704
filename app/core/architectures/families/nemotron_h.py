"""Nemotron-H: each layer is one of Mamba 2, attention, a feed-forward network or, in another GGUF graph, experts."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, I32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import OnLayer, attention, decoder_sizes, linear, rotary_rows, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.further_tokens import MTP_LEFT_OUT
from app.core.architectures.ops import NegativeExp, on_values
from app.core.architectures.requirements import UNLIMITED_TIME_STEPS, Requirement, never, one_of, rope_scaling
from app.core.text import text

AT = "backbone.layers.{}."
MIXER = AT + "mixer"
LONGEST = 1 << 20  # llama.cpp conversion/granite.py, set_gguf_parameters, for models without rope
# mlx-lm models/nemotron_h.py, _block_type_to_char
KINDS = {
    "full_attention": "*",
    "attention": "*",
    "linear_attention": "M",
    "mamba": "M",
    "conv": "M",
    "moe": "E",
    "mlp": "-",
}

# transformers models/nemotron_h/configuration_nemotron_h.py, NemotronHConfig
DEFAULTS = {
    "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],  # mlx-lm's; transformers: 128
    "num_hidden_layers": lambda config: len(_kinds(config)),
}
DEFAULTS_MOE = {
    **DEFAULTS,
    "n_routed_experts": 8,
    "n_shared_experts": 1,
    "moe_intermediate_size": 7688,
    "moe_shared_expert_intermediate_size": 7688,
    "num_experts_per_tok": 2,
    "routed_scaling_factor": 1.0,
    "norm_topk_prob": True,
    "n_group": 1,
}


def _kinds(config: Config) -> list[str]:
    """One letter for each layer, whether config.json has letters or words."""
    found = setting(config, "hybrid_override_pattern", "layers_block_type", "layer_types") or ()
    return [KINDS.get(kind, kind) for kind in found]


def _has_experts(config: Config) -> bool:
    found = setting(config, "hybrid_override_pattern", "layers_block_type", "layer_types")
    return isinstance(found, str | list) and ("E" in found or "moe" in found)


def _is(kind: str) -> OnLayer:
    return lambda config, layer: _kinds(config)[layer] == kind


MAMBA, FULL, FORWARD, EXPERTS = _is("M"), _is("*"), _is("-"), _is("E")


def _sizes(config: Config, layer: int) -> dict[str, int]:
    heads, groups = config["mamba_num_heads"], config["n_groups"]
    inner, states = heads * config["mamba_head_dim"], groups * config["ssm_state_size"]
    sizes = {
        **decoder_sizes(config, layer),
        "inner": inner,
        "ssm heads": heads,
        "channels": inner + 2 * states,
        "in": 2 * inner + 2 * states + heads,
        "kernel": config["conv_kernel"],
        "ssm groups": groups,
        "group": inner // groups,
        "one": 1,
        "shared_intermediate": setting(config, "moe_shared_expert_intermediate_size"),
        "latent": setting(config, "moe_latent_size") or config["hidden_size"],
    }
    return {name: size for name, size in sizes.items() if size is not None}


def _ssm(name: str, *shape: str, written: tuple[str, ...] | None = None, mapped: str = "") -> TensorRule:
    return TensorRule(f"{MIXER}.{name}", shape, written=written, mapped=mapped, layers=MAMBA)


BLOCKS = (
    TensorRule("backbone.embeddings.weight", ("vocabulary", "hidden")),
    vector("backbone.norm_f"),
    TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
    vector(AT + "norm"),
    _ssm("in_proj.weight", "in", "hidden"),
    _ssm("out_proj.weight", "hidden", "inner"),
    _ssm("conv1d.weight", "channels", "kernel"),
    _ssm("conv1d.bias", "channels"),
    replace(_ssm("A_log", "ssm heads", written=("ssm heads", "one")), change=on_values(NegativeExp())),
    _ssm("D", "ssm heads", written=("ssm heads", "one")),
    _ssm("dt_bias", "ssm heads", mapped=f"{MIXER}.dt_proj.bias"),
    _ssm("norm.weight", "inner", written=("ssm groups", "group")),
    *attention(rotary_rows("heads"), rotary_rows("kv_heads"), MIXER, FULL),  # although there is no rope
)
TENSORS = (
    *BLOCKS,
    *linear(f"{MIXER}.up_proj", "intermediate", "hidden", layers=FORWARD),
    *linear(f"{MIXER}.down_proj", "hidden", "intermediate", layers=FORWARD),
)


def _on(kind: str, name: str) -> ConfigRow:
    """A number for each layer, 0 for layers of other kinds."""
    key = {"*": Keys.Attention.HEAD_COUNT_KV}.get(kind, Keys.LLM.FEED_FORWARD_LENGTH)
    return ConfigRow(key, I32, value=lambda c: [c[name] if one == kind else 0 for one in _kinds(c)])


def _only(kinds: str) -> Requirement:
    def fits(config: Config) -> bool:
        found = _kinds(config)
        return len(found) == config["num_hidden_layers"] and set(found) <= set(kinds)

    return Requirement("hybrid_override_pattern", text("one of {kinds} for each layer", kinds=" ".join(kinds)), fits)


METADATA = (
    *DECODER_METADATA,
    ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, value=lambda _: LONGEST),
    _on("*", "num_key_value_heads"),
    ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("conv_kernel",)),
    ConfigRow(Keys.SSM.INNER_SIZE, U32, value=lambda c: c["mamba_num_heads"] * c["mamba_head_dim"]),
    ConfigRow(Keys.SSM.STATE_SIZE, U32, ("ssm_state_size",)),
    ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, ("mamba_num_heads",)),
    ConfigRow(Keys.SSM.GROUP_COUNT, U32, ("n_groups",)),
    ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
    ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=lambda c: c["hidden_size"] // c["num_attention_heads"]),
    ConfigRow(Keys.Rope.SCALING_FINETUNED, BOOL, value=lambda _: False),
)
REQUIREMENTS = (  # llama.cpp src/models/nemotron-h.cpp and mamba-base.cpp, build_mamba2_layer
    one_of("mlp_hidden_act", "relu2"),
    one_of("mamba_hidden_act", "silu"),
    one_of("use_conv_bias", True),
    never("sliding_window", text("attention to everything")),
    rope_scaling(),
    UNLIMITED_TIME_STEPS,
)

NEMOTRON_H = Architecture(
    name="Nemotron-H",
    model_types=("nemotron_h",),
    gguf="nemotron_h",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/nemotron-h.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/nemotron_h.py: always has a head",
    ties_by_default=False,  # transformers NemotronHConfig
    defaults=DEFAULTS,
    dropped={"mtp.": MTP_LEFT_OUT},
    embedding="backbone.embeddings.weight",
    tensors=TENSORS,
    metadata=(*METADATA, _on("-", "intermediate_size")),
    requirements=(*REQUIREMENTS, _only("M*-")),
    sizes=_sizes,
    marker="conv1d.weight",
    when=lambda config: not _has_experts(config),
)

LATENT = (("fc1_latent_proj", "latent", "hidden"), ("fc2_latent_proj", "hidden", "latent"))


def _all_experts(name: str, saved: str, *shape: str) -> TensorRule:
    return TensorRule(
        f"{MIXER}.experts.{{}}.{name}.weight",
        ("experts", *shape),
        saved=f"{MIXER}.switch_mlp.{saved}.weight",
        mapped=f"model.layers.{{}}.mlp.experts.{name}.weight",
        layers=EXPERTS,
    )


NEMOTRON_H_MOE = replace(
    NEMOTRON_H,
    name="Nemotron-H MoE",
    gguf="nemotron_h_moe",
    defaults=DEFAULTS_MOE,
    tensors=(
        *BLOCKS,
        TensorRule(f"{MIXER}.gate.weight", ("experts", "hidden"), layers=EXPERTS),
        TensorRule(
            f"{MIXER}.gate.e_score_correction_bias",
            ("experts",),
            mapped=f"{MIXER}.gate.e_score_correction.bias",
            layers=EXPERTS,
        ),
        _all_experts("up_proj", "fc1", "expert_intermediate", "latent"),
        _all_experts("down_proj", "fc2", "latent", "expert_intermediate"),
        TensorRule(f"{MIXER}.shared_experts.up_proj.weight", ("shared_intermediate", "hidden"), layers=EXPERTS),
        TensorRule(f"{MIXER}.shared_experts.down_proj.weight", ("hidden", "shared_intermediate"), layers=EXPERTS),
        *(TensorRule(f"{MIXER}.{name}.weight", tuple(shape), optional=True, layers=EXPERTS) for name, *shape in LATENT),
    ),
    metadata=(  # llama.cpp conversion/nemotron.py, NemotronHModel.set_gguf_parameters
        *METADATA,
        _on("E", "moe_intermediate_size"),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, ("moe_shared_expert_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("n_shared_experts",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_topk_prob",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        ConfigRow(Keys.LLM.MOE_LATENT_SIZE, U32, ("moe_latent_size",)),
    ),
    requirements=(*REQUIREMENTS, _only("M*E")),
    when=_has_experts,
)

FAMILIES = (NEMOTRON_H, NEMOTRON_H_MOE)
