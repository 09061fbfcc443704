"""Settings that a GGUF graph has no place for: the converted model would compute something else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.architectures.config_rows import Config, setting
from app.core.architectures.sizes import even_head, head_size
from app.core.text import Text, text

LARGEST_FLOAT32 = float.fromhex("0x1.fffffep127")


@dataclass(frozen=True)
class Requirement:
    """`name` in config.json must satisfy `fits`; `only` says in words what llama.cpp (`by`: or mlx-lm) computes.

    What `is_assumed` is no setting that llama.cpp lacks, but one that the folder may not tell: `only` is then taken for
    granted, and said. What `is_tolerated` llama.cpp computes in another way, as `only` says: its own converter writes
    such files too, and there is a warning. What `is_made_up_for` weights are scaled to, which is said as well.
    """

    name: str
    only: Text
    fits: Callable[[Config], bool]
    is_assumed: bool = False
    is_tolerated: bool = False
    is_made_up_for: bool = False
    by: str = "llama.cpp"


def one_of(name: str, *allowed: Any, by: str = "llama.cpp") -> Requirement:
    """A setting that is silent, null or one of `allowed`."""
    return Requirement(
        name, _one_of(*allowed), lambda config: config.get(name) is None or config[name] in allowed, by=by
    )


def _one_of(*values: Any) -> Text:
    if len(values) == 1:
        return as_it_stands(values[0])
    return text("{values} or {last}", values=", ".join(map(str, values[:-1])), last=values[-1])


def fixed(**values: Any) -> tuple[Requirement, ...]:
    """Settings that are each silent, null or just this value."""
    return tuple(one_of(name, value) for name, value in values.items())


def as_it_stands(value: Any) -> Text:
    """A value, or the name of a setting: the same in all languages."""
    return Text("{value}", {"value": value})


def never(name: str, only: Text) -> Requirement:
    """A setting that must be silent, null, false, zero or empty."""
    return Requirement(name, only, lambda config: not config.get(name))


def has(name: str, only: Text, by: str = "llama.cpp") -> Requirement:
    """A setting that must say something other than null, false, zero and the empty list."""
    return Requirement(name, only, lambda config: bool(setting(config, name)), by=by)


def equal(name: str, other: str) -> Requirement:
    """A setting that is silent, null, or says the same as `other`."""
    return Requirement(name, as_it_stands(other), lambda config: setting(config, name) in (None, config[other]))


def even_heads(by: str = "llama.cpp") -> Requirement:
    """For graphs, or classes of mlx-lm's, that do not read head_dim."""
    return Requirement("head_dim", EVEN, lambda config: setting(config, "head_dim") in (None, even_head(config)), by=by)


EVEN = text("heads that share hidden_size evenly")
HEADS_FILL_ALL = Requirement(
    "head_dim", EVEN, lambda config: head_size(config) * config["num_attention_heads"] == config["hidden_size"]
)
FULL_ATTENTION_ONLY = Requirement(
    "layer_types",
    text("full attention in all layers"),
    lambda config: set(setting(config, "layer_types") or ()) <= {"full_attention"},
)
AS_MANY_KV_HEADS = Requirement(
    "num_key_value_heads",
    text("as many KV heads as query heads"),
    lambda config: setting(config, "num_key_value_heads") in (None, config["num_attention_heads"]),
)
SILU = one_of("hidden_act", "silu")
CAUSAL = one_of("is_causal", True)
NO_MLP_BIAS = never("mlp_bias", text("feed-forward networks without biases"))
# mlx-lm's rope_traditional; rows of Q and K that a family turns for llama.cpp count on it, too
HALVES = never("rope_traditional", text("rope of halves of heads"))
NEIGHBOURS = one_of("rope_traditional", True)
OWN_HEAD = never("tie_word_embeddings", text("a head of its own"))


# llama.cpp src/llama-model.cpp, create_tensor_qkv, reads the other three of every model
NO_OUTPUT_BIAS = never("attention_bias", text("attention without an output bias"))


# src/models/mamba-base.cpp adds it to every convolution, there or not
CONVOLUTION_BIAS = one_of("mamba_conv_bias", True)


def _is_unlimited(config: Config) -> bool:
    """transformers writes infinity as {"__float__": "Infinity"}; to float32, which time steps are, 1e308 is no less."""
    limits = config.get("time_step_limit")
    if limits is None:
        return True
    if not isinstance(limits, list) or len(limits) != 2:
        return False
    lowest, highest = limits
    is_beyond = isinstance(highest, int | float) and highest > LARGEST_FLOAT32
    return lowest in (None, 0) and (is_beyond or highest in (None, {"__float__": "Infinity"}))


# src/models/mamba-base.cpp, build_mamba2_layer, takes them as they come
UNLIMITED_TIME_STEPS = Requirement("time_step_limit", text("time steps without limits"), _is_unlimited)


NO_SCALING = ("", "dynamic")  # dynamic scaling changes nothing within max_position_embeddings: mlx-lm rope_utils.py


def rope_scaling(*kinds: str, by: str = "llama.cpp", of: str = "rope_scaling") -> Requirement:
    """The kinds of rope scaling that the family's rows carry over, besides none."""
    only = text("rope without scaling")
    if kinds:
        only = text("rope scaling of type {kinds}", kinds=", ".join(kinds))
    return Requirement(of, only, lambda config: _kind(config, of) in (*NO_SCALING, *kinds), by=by)


def _kind(config: Config, name: str = "rope_scaling") -> Any:
    return (config.get(name) or {}).get("rope_type", "")


# For families whose model in mlx-lm does not look at rope_scaling, where transformers and llama.cpp do
MLX_DOES_NOT_SCALE = Requirement(
    "rope_scaling",
    text("the rope scaling that config.json asks for, and mlx-lm's none"),
    lambda config: _kind(config) in NO_SCALING,
    is_tolerated=True,
)
