"""The lengths that the shapes of most decoders are made of."""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.architectures.config_rows import Config, setting

# Sizes that not every decoder has, and what config.json calls them
OPTIONAL_SIZES: Mapping[str, tuple[str, ...]] = {
    "intermediate": ("intermediate_size",),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts"),
    "expert_intermediate": ("moe_intermediate_size",),
    "shared_intermediate": ("shared_expert_intermediate_size",),
}


def decoder_sizes(config: Config, _layer: int = 0) -> dict[str, int]:
    """The lengths that shapes are made of. The number of tokens is the embedding's own and added by the plan."""
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    kv_heads = setting(config, "num_key_value_heads") or heads
    head = head_size(config)
    sizes = {
        "hidden": hidden,
        "head": head,
        "heads": heads,
        "kv_heads": kv_heads,
        "q_dim": head * heads,
        "kv_dim": head * kv_heads,
    }
    optional = {name: setting(config, *names) for name, names in OPTIONAL_SIZES.items()}
    return sizes | {name: size for name, size in optional.items() if size is not None}


def head_size(config: Config) -> int:
    """Values of one head."""
    return int(setting(config, "head_dim") or config["hidden_size"] // config["num_attention_heads"])


def query_heads(config: Config) -> Any:
    """For num_key_value_heads."""
    return config["num_attention_heads"]


def even_head(config: Config) -> Any:
    """For head_dim."""
    return config["hidden_size"] // config["num_attention_heads"]


Length = int | Callable[[Config], Any] | None


def lengths(
    *,
    layers: int,
    hidden: int,
    heads: int,
    intermediate: Length = None,
    kv_heads: Length = None,
    head: Length = None,
) -> dict[str, Any]:
    """Those of most decoders, as defaults; what is not given has none."""
    found = {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": head,
    }
    return {name: length for name, length in found.items() if length is not None}


def common(*, context: int | None = None, epsilon: float | None = None, theta: float | None = None) -> dict[str, Any]:
    """What most decoders have besides, as defaults: the longest text, the epsilon of RMS norms, the base of rope."""
    found = {"max_position_embeddings": context, "rms_norm_eps": epsilon, "rope_theta": theta}
    return {name: value for name, value in found.items() if value is not None}
