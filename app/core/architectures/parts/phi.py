"""What Phi models share: biases; from Phi 3 on two sets of rope factors, for short and long contexts."""

import math

from gguf import Keys

from app.core.architectures.architecture import ComputedTensor, Part
from app.core.architectures.config_rows import Config, f32, setting, u32
from app.core.architectures.parts import decoder, rows
from app.core.architectures.parts.decoder import ATTENTION, matrix, tensor
from app.core.architectures.requirements import SILU, Requirement, rope_scaling
from app.core.architectures.sizes import query_heads
from app.core.text import text


def ends(norm: str = "model.norm") -> Part:
    """Embedding, head, last norm, with biases where there can be one."""
    embedding, _, head = decoder.ends().tensors
    head_bias = tensor("lm_head.bias", "output.bias", "vocabulary")
    return Part((embedding, head, head_bias, *matrix(norm, "output_norm", "hidden", bias=True)))


def attention(output: str = "o_proj") -> Part:
    """The graph has Q, K and V with or without biases, but always one of the output."""
    *inputs, _ = decoder.attention("qkv", output=output).tensors
    return Part((*inputs, *matrix(f"{ATTENTION}.{output}", "attn_output", "hidden", "q_dim", bias=True)))


def _original_context(config: Config) -> int:
    found = setting(config["rope_scaling"], "original_max_position_embeddings")
    return int(config["original_max_position_embeddings"] if found is None else found)


def _factors(config: Config, name: str) -> tuple[float, ...]:
    return tuple(float(factor) for factor in setting(config["rope_scaling"], name) or ())


def attention_factor(config: Config) -> float | None:
    """By how much rope scales, from the two contexts; None without factors. llama.cpp conversion/phi.py,
    generate_extra_tensors.
    """
    scaling = config["rope_scaling"]
    if not setting(scaling, "long_factor"):
        return None
    original = _original_context(config)
    scale = config["max_position_embeddings"] / original
    if scale <= 1:
        return 1.0
    if scaling["rope_type"] == "yarn":
        return 0.1 * math.log(scale) + 1.0
    return math.sqrt(1 + math.log(scale) / math.log(original))


def _factors_fit(config: Config) -> bool:
    counts = {len(_factors(config, "long_factor")), len(_factors(config, "short_factor"))}
    pairs = rows.rotated(config) // 2
    return counts in ({0}, {pairs}) and (counts != {0} or not config["rope_scaling"].get("rope_type"))


# transformers models/phi3/configuration_phi3.py, Phi3Config
DEFAULTS = {
    "num_key_value_heads": query_heads,
    "max_position_embeddings": 4096,
    "original_max_position_embeddings": 4096,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 1.0,
}

LONG_CONTEXT = Part(
    metadata=(  # llama.cpp conversion/phi.py, Phi3MiniModel.set_gguf_parameters
        u32(Keys.LLM.CONTEXT_LENGTH, "n_positions", "max_position_embeddings"),
        u32(
            Keys.Rope.SCALING_ORIG_CTX_LEN,
            "rope_scaling.original_max_position_embeddings",
            "original_max_position_embeddings",
            value=_original_context,
        ),
        *rows.LENGTHS,
        rows.RMS_EPSILON,
        rows.ROTATED,
        rows.ROPE_BASE,
        u32(Keys.Attention.SLIDING_WINDOW, "sliding_window", value=lambda c: setting(c, "sliding_window") or 0),
        f32(Keys.Rope.SCALING_ATTN_FACTOR, value=attention_factor),
    ),
    requirements=(
        SILU,
        rope_scaling("longrope", "su", "yarn"),
        Requirement("rope_scaling", text("long and short factors for each pair that is rotated"), _factors_fit),
    ),
    computed=(
        ComputedTensor("rope_factors_long.weight", lambda c: _factors(c, "long_factor")),
        ComputedTensor("rope_factors_short.weight", lambda c: _factors(c, "short_factor")),
    ),
)
