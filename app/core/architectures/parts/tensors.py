"""Rules for single tensors, written short."""

from app.core.architectures.architecture import AnyChange, TensorRule
from app.core.architectures.layers import OnLayer
from app.core.architectures.ops import NOTHING

LAYER = "model.layers.{}."
ATTENTION, MLP = LAYER + "self_attn", LAYER + "mlp"
AnyNames = str | tuple[str, str]  # the published name, and what mlx-lm saves it under where that is another


def tensor(
    name: AnyNames,
    gguf: str,
    *shape: str,
    change: AnyChange = NOTHING,
    layers: OnLayer = None,
    optional: bool = False,
    written: tuple[str, ...] | None = None,
) -> TensorRule:
    """One tensor that most of a rule says nothing about."""
    published, saved = (name, "") if isinstance(name, str) else name
    return TensorRule(
        published, shape, change, optional=optional, saved=saved, gguf=gguf, layers=layers, written=written
    )


def matrix(
    name: str,
    gguf: str,
    *shape: str,
    change: AnyChange = NOTHING,
    layers: OnLayer = None,
    bias: bool | None = False,
) -> tuple[TensorRule, ...]:
    """A matrix with a `bias` of its rows, or without, or (None) with one that may be missing."""
    weight = tensor(f"{name}.weight", f"{gguf}.weight", *shape, change=change, layers=layers)
    if bias is False:
        return (weight,)
    return weight, tensor(f"{name}.bias", f"{gguf}.bias", shape[0], change=change, layers=layers, optional=bias is None)
