"""Granite 4 without Mamba layers (micro, 1B, 350M): Granite's graph, or Granite MoE's where it has experts."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import ChangeFor, Layer, TensorRule
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, decoder_sizes, embedding_norm_head
from app.core.architectures.families.granite import EXPERTS, GRANITE, GRANITE_MOE, METADATA, ROUTER
from app.core.architectures.families.llama import NORMS, ROTARY_ATTENTION
from app.core.architectures.ops import NOTHING, Change, Pick, Rows
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, Requirement, one_of
from app.core.text import text

SHARED = LAYER + "shared_mlp"
ATTENTION, MAMBA = "attention", "mamba"
# transformers configuration_utils.py, _LEGACY_LAYER_TYPE_REMAP: what version 5 writes for them
FULL_ATTENTION = "full_attention"
SPELLINGS = {FULL_ATTENTION: ATTENTION, "linear_attention": MAMBA}


def kinds(config: Config) -> list[str]:
    """Attention or Mamba, for each layer."""
    return [SPELLINGS.get(kind, kind) for kind in config["layer_types"]]


def has_experts(config: Config, _layer: int = 0) -> bool:
    """By what mlx-lm decides: models/granitemoehybrid.py, use_moe."""
    return bool(config.get("num_local_experts"))


def is_dense(config: Config, layer: int = 0) -> bool:
    """The opposite."""
    return not has_experts(config, layer)


def feed_forward_sizes(config: Config, layer: int) -> dict[str, int]:
    """The lengths of a decoder's tensors, and of the shared network's; without experts it is the only one."""
    shared = setting(config, *(("shared_intermediate_size",) if has_experts(config) else ()), "intermediate_size")
    return {
        **decoder_sizes(config, layer),
        "expert_intermediate": config["intermediate_size"],
        "shared_intermediate": shared,
        "2*shared_intermediate": 2 * shared,
    }


def _gate(layer: Layer) -> Change:
    return Change(Rows((Pick((layer.sizes["shared_intermediate"],)),), text("first half")))


def _up(layer: Layer) -> Change:
    half = layer.sizes["shared_intermediate"]
    return Change(Rows((Pick((half,), offset=half),), text("second half")))


def _half(part: str, change: ChangeFor) -> TensorRule:
    """Half of a matrix that mlx-lm leaves whole beside experts."""
    return TensorRule(
        f"{SHARED}.input_linear.weight",
        ("2*shared_intermediate", "hidden"),
        change,
        mapped=f"{SHARED}.{part}_proj.weight",
        gguf=f"blk.{{bid}}.ffn_{part}_shexp.weight",
        written=("shared_intermediate", "hidden"),
    )


def _alone(rule: TensorRule, part: str) -> TensorRule:
    """The same without experts, where mlx-lm takes it apart."""
    name = f"{LAYER}mlp.{part}_proj.weight"
    gguf = rule.gguf.replace("_shexp", "")
    return replace(rule, saved=name, remaining=NOTHING if rule.change else None, mapped=name, gguf=gguf)


GATE, UP = _half("gate", _gate), _half("up", _up)
DOWN = TensorRule(f"{SHARED}.output_linear.weight", ("hidden", "shared_intermediate"))
BESIDE_EXPERTS = (ROUTER, *EXPERTS, GATE, UP, DOWN)
WITHOUT_EXPERTS = (_alone(GATE, "gate"), _alone(UP, "up"), _alone(DOWN, "down"))
ONE_NETWORK = Requirement(
    "shared_intermediate_size",
    text("the same as {setting}", setting="intermediate_size"),
    lambda c: has_experts(c) or setting(c, "shared_intermediate_size") in (None, c["intermediate_size"]),
)


def sees_everything(config: Config) -> bool:
    """Whether no layer is a Mamba layer."""
    layers = config.get("layer_types")
    return isinstance(layers, list) and bool(layers) and all(layer in (ATTENTION, FULL_ATTENTION) for layer in layers)


ROWS = (  # llama.cpp conversion/granite.py, GraniteHybridModel.set_gguf_parameters
    *METADATA,
    ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, value=lambda c: [c["num_key_value_heads"]] * c["num_hidden_layers"]),
    ConfigRow(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, ("shared_intermediate_size",)),
    ConfigRow(Keys.Rope.SCALING_FINETUNED, BOOL, value=lambda _: True),  # src/models/granite.cpp: rope at all
    # Of Mamba layers that are not there; no graph reads these
    ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("mamba_d_conv",)),
    ConfigRow(Keys.SSM.STATE_SIZE, U32, ("mamba_d_state",)),
    ConfigRow(Keys.SSM.GROUP_COUNT, U32, ("mamba_n_groups",)),
    ConfigRow(
        Keys.SSM.INNER_SIZE,
        U32,
        ("mamba_expand",),
        value=lambda c: c["mamba_expand"] * c["hidden_size"] if c.get("mamba_expand") else None,
    ),
    ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, ("mamba_n_heads",)),
)
REQUIREMENTS = (
    *GRANITE.requirements,
    MLX_DOES_NOT_SCALE,
    one_of("position_embedding_type", "rope"),
    Requirement(
        "layer_types", text("one kind for each layer"), lambda c: len(c["layer_types"]) == c["num_hidden_layers"]
    ),
)
MLX_HEAD = "mlx-lm models/granitemoehybrid.py: sanitize() drops lm_head.weight when config.json ties"

GRANITE_4 = replace(
    GRANITE,
    name="Granite 4",
    model_types=("granitemoehybrid",),
    when=lambda config: sees_everything(config) and is_dense(config),
    mlx_head_source=MLX_HEAD,
    tensors=(*embedding_norm_head(), *NORMS, *ROTARY_ATTENTION, *WITHOUT_EXPERTS),
    metadata=ROWS,
    requirements=(*REQUIREMENTS, ONE_NETWORK),
    sizes=feed_forward_sizes,
)

GRANITE_4_MOE = replace(
    GRANITE_MOE,
    name="Granite 4 MoE",
    model_types=("granitemoehybrid",),
    when=lambda config: sees_everything(config) and has_experts(config),
    mlx_head_source=MLX_HEAD,
    tensors=(*embedding_norm_head(), *NORMS, *ROTARY_ATTENTION, *BESIDE_EXPERTS),
    metadata=ROWS,
    requirements=REQUIREMENTS,
    sizes=feed_forward_sizes,
)

FAMILIES = (GRANITE_4, GRANITE_4_MOE)
