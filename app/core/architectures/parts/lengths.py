"""What configuration classes take for the lengths that config.json leaves out."""

from typing import Any

from app.core.architectures.config_rows import Config


def query_heads(config: Config) -> Any:
    """For num_key_value_heads."""
    return config["num_attention_heads"]


def lengths(
    *, layers: int, hidden: int, intermediate: int, heads: int, kv_heads: int | None = None, head: int | None = None
) -> dict[str, Any]:
    """Those of most decoders; without `kv_heads` as many as query heads, without `head` none for head_dim."""
    found = {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_attention_heads": heads,
        "num_key_value_heads": query_heads if kv_heads is None else kv_heads,
    }
    return found if head is None else {**found, "head_dim": head}
