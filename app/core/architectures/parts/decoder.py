"""The parts that most decoders share: embedding, norms, attention, feed-forward networks."""

from collections.abc import Callable
from dataclasses import replace

from app.core.architectures.architecture import AnyChange, ChangeFor, Layer, Part
from app.core.architectures.config_rows import ConfigRow
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.layers import OnLayer
from app.core.architectures.ops import NOTHING, Change, Pick, Rows
from app.core.architectures.parts.tensors import ATTENTION, LAYER, MLP, AnyNames, matrix, tensor
from app.core.architectures.sizes import decoder_sizes
from app.core.text import text


def ends(
    norm_change: AnyChange = NOTHING,
    embedding: str = "model.embed_tokens",
    norm: str = "model.norm",
    head: str = "lm_head",
    norm_bias: bool = False,
) -> Part:
    """Embedding, last norm, head."""
    return Part(
        (
            tensor(f"{embedding}.weight", "token_embd.weight", "vocabulary", "hidden"),
            *matrix(norm, "output_norm", "hidden", change=norm_change, bias=norm_bias),
            tensor(f"{head}.weight", "output.weight", "vocabulary", "hidden", optional=True),
        )
    )


def decoder(
    norm_change: AnyChange = NOTHING,
    embedding: str = "model.embed_tokens",
    norm: str = "model.norm",
    head: str = "lm_head",
    norm_bias: bool = False,
    keeps: Callable[[ConfigRow], bool] = lambda _: True,
) -> Part:
    """The same with the metadata and sizes of most decoders; of the metadata what `keeps` says."""
    rows = tuple(row for row in DECODER_METADATA if keeps(row))
    return Part(ends(norm_change, embedding, norm, head, norm_bias).tensors, rows, sizes=decoder_sizes)


USUAL_NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
# The same where the graph calls the second one by its place
NAMED_BY_PLACE = {"input_layernorm": "attn_norm", "post_attention_layernorm": "post_attention_norm"}
# Those of models that have one after attention and one after the feed-forward network as well
FOUR_NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}
# Those of models that have them only there
NORMS_BEHIND = {"post_attention_layernorm": "post_attention_norm", "post_feedforward_layernorm": "post_ffw_norm"}


def norms(
    change: AnyChange = NOTHING,
    names: dict[str, str] = USUAL_NORMS,
    at: str = LAYER,
    bias: bool = False,
    layers: OnLayer = None,
    remaining: AnyChange | None = None,
) -> Part:
    """The norms of a layer: what they are published as, and their names in the file.

    `remaining` is what is left to do where mlx-lm has saved them already changed.
    """
    return Part(
        tuple(
            rule if remaining is None else replace(rule, remaining=remaining)
            for name, gguf in names.items()
            for rule in matrix(f"{at}{name}", gguf, "hidden", change=change, bias=bias, layers=layers)
        )
    )


def attention(
    bias: str = "",
    q: AnyChange = NOTHING,
    k: AnyChange = NOTHING,
    at: str = ATTENTION,
    layers: OnLayer = None,
    output: str = "o_proj",
) -> Part:
    """Four projections; `bias` has the letters of those that may have one, `q` and `k` what happens to those two."""
    has = {letter: None if letter in bias else False for letter in "qkvo"}
    return Part(
        (
            *matrix(f"{at}.q_proj", "attn_q", "q_dim", "hidden", change=q, layers=layers, bias=has["q"]),
            *matrix(f"{at}.k_proj", "attn_k", "kv_dim", "hidden", change=k, layers=layers, bias=has["k"]),
            *matrix(f"{at}.v_proj", "attn_v", "kv_dim", "hidden", layers=layers, bias=has["v"]),
            *matrix(f"{at}.{output}", "attn_output", "hidden", "q_dim", layers=layers, bias=has["o"]),
        )
    )


def turned_attention(bias: str = "", layers: OnLayer = None) -> Part:
    """Attention whose queries and keys are stored in the order that GGUF's older graphs rotate: see rotary_rows."""
    return attention(bias, rotary_rows("heads"), rotary_rows("kv_heads"), layers=layers)


def attention_gate() -> Part:
    """What says how much of each value of attention's output there is."""
    return Part(matrix(f"{ATTENTION}.gate_proj", "attn_gate", "q_dim", "hidden"))


def with_biases(part: Part) -> Part:
    """For a graph that cannot do without them: a file that lacks one would not load."""
    return replace(part, tensors=tuple(replace(rule, optional=False) for rule in part.tensors))


def head_norms(
    change: AnyChange = NOTHING,
    at: str = ATTENTION,
    layers: OnLayer = None,
    names: tuple[str, str] = ("q_norm", "k_norm"),
    lengths: tuple[str, str] = ("head", "head"),
) -> Part:
    """Norms of queries and keys: of each head, or with `lengths` of all heads together."""
    (q, k), (q_length, k_length) = names, lengths
    return Part(
        (
            tensor(f"{at}.{q}.weight", "attn_q_norm.weight", q_length, change=change, layers=layers),
            tensor(f"{at}.{k}.weight", "attn_k_norm.weight", k_length, change=change, layers=layers),
        )
    )


def norms_of_each_head(layers: OnLayer, q: str = "q_norm", k: str = "k_norm", at: str = ATTENTION) -> Part:
    """For each head of queries and keys a norm of its own."""
    return Part(
        (
            tensor(f"{at}.{q}.weight", "attn_q_norm.weight", "heads", "head", layers=layers),
            tensor(f"{at}.{k}.weight", "attn_k_norm.weight", "kv_heads", "head", layers=layers),
        )
    )


def norms_of_all_heads(at: str = ATTENTION) -> Part:
    """One norm over all queries and one over all keys."""
    return head_norms(at=at, lengths=("q_dim", "kv_dim"))


def mlp(
    at: str = MLP,
    size: str = "intermediate",
    layers: OnLayer = None,
    bias: bool | None = False,
    suffix: str = "",
    names: tuple[str, str, str] = ("gate_proj", "up_proj", "down_proj"),
) -> Part:
    """A gated feed-forward network; `suffix` ends its names in the file."""
    gate, up, down = (f"{at}.{name}" for name in names)
    return Part(
        (
            *matrix(gate, f"ffn_gate{suffix}", size, "hidden", layers=layers, bias=bias),
            *matrix(up, f"ffn_up{suffix}", size, "hidden", layers=layers, bias=bias),
            *matrix(down, f"ffn_down{suffix}", "hidden", size, layers=layers, bias=bias),
        )
    )


def plain_mlp(
    at: str = MLP,
    names: tuple[str, str] = ("up_proj", "down_proj"),
    bias: bool | None = False,
    size: str = "intermediate",
    layers: OnLayer = None,
) -> Part:
    """A feed-forward network without a gate."""
    up, down = (f"{at}.{name}" for name in names)
    return Part(
        (
            *matrix(up, "ffn_up", size, "hidden", layers=layers, bias=bias),
            *matrix(down, "ffn_down", "hidden", size, layers=layers, bias=bias),
        )
    )


def rotary_rows(heads: str) -> ChangeFor:
    """transformers rotates the first half of a head against the second, GGUF's older graphs one row against the next.

    llama.cpp conversion/llama.py, permute.
    """

    def change(layer: Layer) -> Change:
        count, head = layer.sizes[heads], layer.sizes["head"]
        return Change(Rows((Pick((count, 2, head // 2), (0, 2, 1)),), text("rows reordered for rope")))

    return change


# With the words for single tensors
__all__ = [
    "ATTENTION",
    "FOUR_NORMS",
    "LAYER",
    "MLP",
    "NAMED_BY_PLACE",
    "NORMS_BEHIND",
    "USUAL_NORMS",
    "AnyNames",
    "attention",
    "attention_gate",
    "decoder",
    "ends",
    "head_norms",
    "matrix",
    "mlp",
    "norms",
    "norms_of_all_heads",
    "norms_of_each_head",
    "plain_mlp",
    "rotary_rows",
    "tensor",
    "turned_attention",
    "with_biases",
]
