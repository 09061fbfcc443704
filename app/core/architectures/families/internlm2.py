"""InternLM 2 and 2.5: Q, K and V in one matrix, group by group; GGUF has them apart, ordered for rope."""

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, Part
from app.core.architectures.ops import Change, Pick, Rows
from app.core.architectures.parts import fused
from app.core.architectures.parts.decoder import LAYER, decoder, matrix, norms, tensor
from app.core.architectures.parts.rope import rope
from app.core.architectures.requirements import SILU, never
from app.core.text import text

AT, FORWARD = LAYER + "attention.", LAYER + "feed_forward."
PART = text("part of wqkv")


def _per_group(layer: Layer) -> int:
    return layer.sizes["heads"] // layer.sizes["kv_heads"]


def _rotary_part(layer: Layer, first: int, last: int) -> Change:
    """Some heads of each group, their rows ordered as for Llama: llama.cpp conversion/internlm.py, modify_tensors."""
    kv_heads, half = layer.sizes["kv_heads"], layer.sizes["head"] // 2
    view = (kv_heads, _per_group(layer) + 2, 2, half)
    part = ((0, kv_heads), (first, last), (0, 2), (0, half))
    return Change(Rows((Pick(view, (0, 1, 3, 2), part),), PART))


def _queries(layer: Layer) -> Change:
    return _rotary_part(layer, 0, _per_group(layer))


def _keys(layer: Layer) -> Change:
    return _rotary_part(layer, _per_group(layer), _per_group(layer) + 1)


def _values(layer: Layer) -> Change:
    kv_heads, head, count = layer.sizes["kv_heads"], layer.sizes["head"], _per_group(layer)
    part = ((0, kv_heads), (count + 1, count + 2), (0, head))
    return Change(Rows((Pick((kv_heads, count + 2, head), part=part),), PART))


PARTS = (("attn_q.weight", "q_dim", _queries), ("attn_k.weight", "kv_dim", _keys), ("attn_v.weight", "kv_dim", _values))
QKV = tuple(
    tensor(AT + "wqkv.weight", name, "qkv", "hidden", change=part, written=(rows, "hidden"))
    for name, rows, part in PARTS
)

INTERNLM2 = Architecture(
    name="InternLM 2",
    model_types=("internlm2",),
    gguf="internlm2",
    sources=("src/models/internlm2.cpp", "conversion/internlm.py", "mlx_lm/models/internlm2.py"),
    head=Head.REQUIRED,
    mlx_head=MlxHead.CONFIG,
    # internlm/internlm2_5-7b-chat configuration_internlm2.py, InternLM2Config; ties_by_default: and mlx-lm
    ties_by_default=False,
    defaults={
        "num_key_value_heads": lambda config: config["num_attention_heads"],
        "max_position_embeddings": 2048,
        "rope_theta": 10000.0,
        "bias": True,
    },
    embedding="model.tok_embeddings.weight",
    lm_head="output.weight",
    parts=(
        decoder(embedding="model.tok_embeddings", head="output"),
        norms(names={"attention_norm": "attn_norm", "ffn_norm": "ffn_norm"}),
        Part(QKV, sizes=fused.qkv_rows),
        Part(matrix(AT + "wo", "attn_output", "hidden", "q_dim")),
        Part(matrix(FORWARD + "w1", "ffn_gate", "intermediate", "hidden")),
        Part(matrix(FORWARD + "w2", "ffn_down", "hidden", "intermediate")),
        Part(matrix(FORWARD + "w3", "ffn_up", "intermediate", "hidden")),
        rope("linear"),
    ),
    requirements=(SILU, never("bias", text("attention without biases"))),
)

FAMILIES = (INTERNLM2,)
