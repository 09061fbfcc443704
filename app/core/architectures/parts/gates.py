"""Gates on what attention gives: a matrix from the layer's input, whose scores multiply the output."""

from app.core.architectures.architecture import Part
from app.core.architectures.layers import OnLayer
from app.core.architectures.parts.decoder import ATTENTION, tensor


def gate_of_heads(name: str = ATTENTION + ".g_proj", layers: OnLayer = None) -> Part:
    """One score for each head."""
    return Part((tensor(f"{name}.weight", "attn_gate.weight", "heads", "hidden", layers=layers),))
