"""Matrices that are several in one: Q, K and V, or gate and up. GGUF has them whole, or taken apart."""

from app.core.architectures.architecture import ChangeFor, Layer, Part
from app.core.architectures.config_rows import Config
from app.core.architectures.layers import OnLayer
from app.core.architectures.ops import Change, Pick, Rows
from app.core.architectures.parts.decoder import ATTENTION, MLP, matrix, tensor
from app.core.architectures.sizes import decoder_sizes
from app.core.text import Text


def qkv(name: str = ATTENTION + ".qkv_proj", layers: OnLayer = None) -> Part:
    """Queries, keys and values in one matrix, as in the file."""
    return Part(matrix(name, "attn_qkv", "qkv", "hidden", layers=layers), sizes=qkv_rows)


def qkv_rows(config: Config, layer: int) -> dict[str, int]:
    """Rows of the three together."""
    sizes = decoder_sizes(config, layer)
    return {"qkv": sizes["q_dim"] + 2 * sizes["kv_dim"]}


def mlp(at: str = MLP, both: str = "gate_up_proj", down: str = "down_proj") -> Part:
    """A gated feed-forward network with gate and up in one matrix, as in the file."""
    return Part(
        (
            *matrix(f"{at}.{both}", "ffn_up", "2*intermediate", "hidden"),
            *matrix(f"{at}.{down}", "ffn_down", "hidden", "intermediate"),
        ),
        sizes=lambda config, layer: {"2*intermediate": 2 * decoder_sizes(config, layer)["intermediate"]},
    )


def split_mlp(at: str, both: str, down: str, what: Text) -> Part:
    """The same, but the file has gate, the first half, and up apart; `what` a half is called."""
    names, shape, width = ("ffn_gate.weight", "ffn_up.weight"), ("2*intermediate", "hidden"), ("intermediate", "hidden")
    halves = (
        tensor(f"{at}.{both}.weight", gguf, *shape, change=_half(number, what), written=width)
        for number, gguf in enumerate(names)
    )
    return Part((*halves, *matrix(f"{at}.{down}", "ffn_down", "hidden", "intermediate")))


def _half(number: int, what: Text) -> ChangeFor:
    def change(layer: Layer) -> Change:
        width = layer.sizes["intermediate"]
        return Change(Rows((Pick((width,), offset=number * width),), what))

    return change
