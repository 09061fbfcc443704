"""Q, K and V in one matrix, which GGUF has apart, with the rows of Q and K reordered for rope."""

from app.core.architectures.architecture import ChangeFor, Layer, Part, TensorRule
from app.core.architectures.ops import Change, Pick, Rows
from app.core.architectures.parts.decoder import tensor
from app.core.text import text


def turned_qkv(name: str) -> Part:
    """The three of `name`, whose rows are the size "qkv"."""
    return Part(
        (
            _part(name, "q", "q_dim", _turned("heads")),
            _part(name, "k", "kv_dim", _turned("kv_heads", "q_dim")),
            _part(name, "v", "kv_dim", _values),
        )
    )


def _part(name: str, letter: str, rows: str, change: ChangeFor) -> TensorRule:
    written = (rows, "hidden")
    return tensor(f"{name}.weight", f"attn_{letter}.weight", "qkv", "hidden", change=change, written=written)


def _turned(heads: str, offset: str = "") -> ChangeFor:
    """A part of the matrix, its rows reordered: llama.cpp conversion/bailingmoe.py, permute."""

    def change(layer: Layer) -> Change:
        count, head = layer.sizes[heads], layer.sizes["head"]
        pick = Pick((count, 2, head // 2), (0, 2, 1), offset=layer.sizes[offset] if offset else 0)
        return Change(Rows((pick,), text("part of Q, K, V, reordered for rope")))

    return change


def _values(layer: Layer) -> Change:
    sizes = layer.sizes
    pick = Pick((sizes["kv_dim"],), offset=sizes["q_dim"] + sizes["kv_dim"])
    return Change(Rows((pick,), text("values of Q, K, V")))
