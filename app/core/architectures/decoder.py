"""The tensors that most decoders share, as rules with gaps for what a family does differently."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from app.core.architectures.architecture import AnyChange, TensorRule
from app.core.architectures.config_rows import Config
from app.core.architectures.ops import NOTHING
from app.core.architectures.parts.decoder import rotary_rows as rotary_rows
from app.core.architectures.sizes import decoder_sizes as decoder_sizes
from app.core.architectures.sizes import head_size as head_size

LAYER = "model.layers.{}."
OnLayer = Callable[[Config, int], bool] | None


def linear(
    name: str, rows: str, columns: str, change: AnyChange = NOTHING, layers: OnLayer = None
) -> tuple[TensorRule, TensorRule]:
    """A matrix, and the bias that it may have."""
    return (
        TensorRule(f"{name}.weight", (rows, columns), change, layers=layers),
        TensorRule(f"{name}.bias", (rows,), change, optional=True, layers=layers),
    )


def with_biases(rules: Iterable[TensorRule]) -> tuple[TensorRule, ...]:
    """For a graph that cannot do without them: a file that lacks one would not load."""
    return tuple(replace(rule, optional=False) if rule.name.endswith(".bias") else rule for rule in rules)


def without_biases(rules: Iterable[TensorRule], *names: str) -> tuple[TensorRule, ...]:
    """For a graph that reads none, or none of the matrices called `names`: a file with one would not load."""
    endings = tuple(f".{name}.bias" for name in names) or (".bias",)
    return tuple(rule for rule in rules if not rule.name.endswith(endings))


def vector(name: str, length: str = "hidden", change: AnyChange = NOTHING, layers: OnLayer = None) -> TensorRule:
    """The weight of a norm."""
    return TensorRule(f"{name}.weight", (length,), change, layers=layers)


def embedding_norm_head(norm_change: AnyChange = NOTHING) -> tuple[TensorRule, ...]:
    """Embedding, last norm, head."""
    return (
        TensorRule("model.embed_tokens.weight", ("vocabulary", "hidden")),
        TensorRule("model.norm.weight", ("hidden",), norm_change),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
    )


def attention(
    q: AnyChange = NOTHING, k: AnyChange = NOTHING, at: str = LAYER + "self_attn", layers: OnLayer = None
) -> tuple[TensorRule, ...]:
    """Four projections; `q` and `k` are what happens to those two."""
    return (
        *linear(f"{at}.q_proj", "q_dim", "hidden", q, layers),
        *linear(f"{at}.k_proj", "kv_dim", "hidden", k, layers),
        *linear(f"{at}.v_proj", "kv_dim", "hidden", layers=layers),
        *linear(f"{at}.o_proj", "hidden", "q_dim", layers=layers),
    )


def head_norms(
    change: AnyChange = NOTHING, at: str = LAYER + "self_attn", layers: OnLayer = None
) -> tuple[TensorRule, ...]:
    """Norms of each query's and each key's head."""
    return vector(f"{at}.q_norm", "head", change, layers), vector(f"{at}.k_norm", "head", change, layers)


def mlp(at: str = LAYER + "mlp", size: str = "intermediate", layers: OnLayer = None) -> tuple[TensorRule, ...]:
    """A gated feed-forward network."""
    return (
        *linear(f"{at}.gate_proj", size, "hidden", layers=layers),
        *linear(f"{at}.up_proj", size, "hidden", layers=layers),
        *linear(f"{at}.down_proj", "hidden", size, layers=layers),
    )


PROJECTIONS = {
    "gate_proj": ("expert_intermediate", "hidden"),
    "up_proj": ("expert_intermediate", "hidden"),
    "down_proj": ("hidden", "expert_intermediate"),
}


def experts(
    at: str = LAYER + "mlp",
    published: Mapping[str, str] | None = None,
    saved: str = "switch_mlp",
    mapped: str = "",
    layers: OnLayer = None,
) -> tuple[TensorRule, ...]:
    """The experts' matrices, one tensor for all experts in GGUF and mlx-lm, one each as published.

    `published` are the names of gate_proj, up_proj and down_proj where they are others; `mapped` is where gguf's map
    looks for them.
    """
    names = published or {name: name for name in PROJECTIONS}
    return tuple(
        TensorRule(
            f"{at}.experts.{{}}.{names[name]}.weight",
            ("experts", *shape),
            saved=f"{at}.{saved}.{name}.weight",
            mapped=f"{mapped or at + '.experts'}.{names[name]}.weight",
            layers=layers,
        )
        for name, shape in PROJECTIONS.items()
    )
