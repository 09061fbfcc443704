"""What Granite's families share: multipliers, and from version 4 on a network that all tokens have, beside experts."""

from gguf import Keys

from app.core.architectures.architecture import ChangeFor, Layer, Part, TensorRule
from app.core.architectures.config_rows import VOCAB_SIZE, Config, ConfigRow, f32, setting, u32
from app.core.architectures.layers import Layers, OnLayer, where
from app.core.architectures.ops import NOTHING, Change, Pick, Rows
from app.core.architectures.parts import moe
from app.core.architectures.parts.decoder import LAYER, MLP, decoder, norms, tensor, turned_attention
from app.core.architectures.parts.rope import rope
from app.core.architectures.requirements import Requirement
from app.core.architectures.sizes import head_size
from app.core.text import text

MOE, SHARED = LAYER + "block_sparse_moe", LAYER + "shared_mlp"


def _multiplier(key: str, name: str) -> ConfigRow:
    return f32(key, name, value=lambda config: config[name] or None)


BLOCKS = (decoder(), norms())
WITH_ROPE = (*BLOCKS, turned_attention("qkvo"), rope("linear", "llama3", "yarn"))
METADATA = (  # llama.cpp conversion/granite.py, GraniteModel.set_gguf_parameters
    VOCAB_SIZE,
    u32(Keys.Attention.KEY_LENGTH, value=lambda _: None),  # the graph has no place for head_dim
    u32(Keys.Attention.VALUE_LENGTH, value=lambda _: None),
    u32(Keys.Rope.DIMENSION_COUNT, value=head_size),
    _multiplier(Keys.Attention.SCALE, "attention_multiplier"),
    _multiplier("{arch}.embedding_scale", "embedding_multiplier"),
    _multiplier("{arch}.residual_scale", "residual_multiplier"),
    _multiplier(Keys.LLM.LOGIT_SCALE, "logits_scaling"),
)


def experts(layers: OnLayer = None) -> Part:
    """Published with gate and up in one tensor; mlx-lm models/granitemoe.py, sanitize, takes them apart."""
    router = moe.router("router.layer", at=MOE, layers=layers)
    matrices = moe.packed_experts(MOE, names=("input_linear.weight", "output_linear.weight"), layers=layers)
    return Part((*router.tensors, *matrices.tensors), sizes=moe.expert_size("intermediate_size"))


# By what mlx-lm decides: models/granitemoehybrid.py, use_moe
EXPERTS = where("num_local_experts")
SHARED_LENGTH = u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "shared_intermediate_size")
HALVES = {"gate": (0, text("first half")), "up": (1, text("second half"))}


def _half(part: str) -> ChangeFor:
    number, what = HALVES[part]

    def change(layer: Layer) -> Change:
        half = layer.sizes["shared_intermediate"]
        return Change(Rows((Pick((half,), offset=number * half),), what))

    return change


def _shared_sizes(config: Config, _layer: int) -> dict[str, int]:
    own = setting(config, "shared_intermediate_size") if EXPERTS(config, 0) else None
    shared = config["intermediate_size"] if own is None else own
    return {"shared_intermediate": shared, "2*shared_intermediate": 2 * shared}


def _network(suffix: str, layers: OnLayer, taken_apart: bool) -> Part:
    gate, up = (
        TensorRule(
            f"{SHARED}.input_linear.weight",
            ("2*shared_intermediate", "hidden"),
            _half(part),
            saved=f"{MLP}.{part}_proj.weight" if taken_apart else "",
            remaining=NOTHING if taken_apart else None,
            gguf=f"ffn_{part}{suffix}.weight",
            written=("shared_intermediate", "hidden"),
            layers=layers,
        )
        for part in HALVES
    )
    names = (f"{SHARED}.output_linear.weight", f"{MLP}.down_proj.weight" if taken_apart else "")
    down = tensor(names, f"ffn_down{suffix}.weight", "hidden", "shared_intermediate", layers=layers)
    return Part((gate, up, down), sizes=_shared_sizes)


def shared_network(layers: OnLayer = None) -> Part:
    """The network beside experts, whose first matrix mlx-lm leaves whole."""
    return _network("_shexp", layers, taken_apart=False)


def only_network(layers: OnLayer = None) -> Part:
    """The same without experts, where mlx-lm takes it apart."""
    return _network("", layers, taken_apart=True)


ONE_NETWORK = Requirement(
    "shared_intermediate_size",
    text("the same as {setting}", setting="intermediate_size"),
    lambda c: EXPERTS(c, 0) or setting(c, "shared_intermediate_size") in (None, c["intermediate_size"]),
)
# transformers configuration_utils.py, _LEGACY_LAYER_TYPE_REMAP: the second of each is what version 5 writes
ATTENTION_KINDS, MAMBA_KINDS = ("attention", "full_attention"), ("mamba", "linear_attention")
MAMBA = Layers(lambda config, layer: config["layer_types"][layer] in MAMBA_KINDS)


def sees_everything(config: Config) -> bool:
    """Whether no layer is a Mamba layer."""
    layers = config.get("layer_types")
    return isinstance(layers, list) and bool(layers) and all(layer in ATTENTION_KINDS for layer in layers)
