"""Metadata rows that llama.cpp's converters write one by one, where a family lists them in an order of its own."""

from gguf import GGUFValueType, Keys, RopeScalingType

from app.core.architectures.config_rows import U32, Config, ConfigRow, constant, f32, flag, setting, u32
from app.core.architectures.layers import Layers
from app.core.architectures.sizes import even_head, head_size

CONTEXT = u32(Keys.LLM.CONTEXT_LENGTH, "max_position_embeddings")
WIDTH = u32(Keys.LLM.EMBEDDING_LENGTH, "hidden_size")
INNER = u32(Keys.LLM.FEED_FORWARD_LENGTH, "intermediate_size")
LAYER_COUNT = u32(Keys.LLM.BLOCK_COUNT, "num_hidden_layers")
HEADS = u32(Keys.Attention.HEAD_COUNT, "num_attention_heads")
KV_HEADS = u32(Keys.Attention.HEAD_COUNT_KV, "num_key_value_heads")
RMS_EPSILON = f32(Keys.Attention.LAYERNORM_RMS_EPS, "rms_norm_eps")
EPSILON = f32(Keys.Attention.LAYERNORM_EPS, "layer_norm_eps")
# The key that loaders ask for; llama.cpp's converter writes the other one for the second name in config.json
RMS_EPSILON_OF_GPT2 = f32(Keys.Attention.LAYERNORM_RMS_EPS, "rms_norm_eps", "layer_norm_epsilon")
ROPE_BASE = f32(Keys.Rope.FREQ_BASE, "rope_theta")
WHOLE_HEADS = u32(Keys.Rope.DIMENSION_COUNT, value=head_size)  # all of a head rotates
EVEN_HEADS = u32(Keys.Rope.DIMENSION_COUNT, value=even_head)  # the same where head_dim is not read
NO_SCALING = constant(Keys.Rope.SCALING_TYPE, RopeScalingType.NONE.value)
PARALLEL = flag(Keys.LLM.USE_PARALLEL_RESIDUAL, "use_parallel_residual")

FIRST = (LAYER_COUNT, CONTEXT, WIDTH, INNER, HEADS, KV_HEADS)  # in the order of conversion/base.py
LENGTHS = (WIDTH, INNER, LAYER_COUNT, HEADS, KV_HEADS)  # in the order of several converters


def only_in(layers: Layers, key: str, name: str, kind: GGUFValueType = U32) -> ConfigRow:
    """The setting `name` for each of these `layers`, 0 for the others."""
    return ConfigRow(key, kind, value=lambda c: [c[name] if has else 0 for has in layers.flags(c)])


def head_lengths(name: str) -> tuple[ConfigRow, ConfigRow]:
    """Of keys and values, where config.json has the setting `name` for both."""
    return u32(Keys.Attention.KEY_LENGTH, name), u32(Keys.Attention.VALUE_LENGTH, name)


def rotated(config: Config) -> int:
    """Values of a head that rotate, as llama.cpp conversion/phi.py and nemotron.py compute them."""
    return int(config["partial_rotary_factor"] * config["hidden_size"]) // int(config["num_attention_heads"])


def rotated_share(config: Config, *names: str) -> int:
    """The same where a head is rounded first, as in conversion/gptneox.py and stablelm.py; `names` say the share."""
    return int(setting(config, *names) * (config["hidden_size"] // config["num_attention_heads"]))


ROTATED = u32(Keys.Rope.DIMENSION_COUNT, "partial_rotary_factor", value=rotated)
