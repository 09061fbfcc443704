"""InternLM 2 and 2.5: Q, K and V in one matrix, group by group; GGUF has them apart, ordered for rope."""

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import Config
from app.core.architectures.decoder import LAYER, decoder_sizes, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import Change, Pick, Rows
from app.core.architectures.requirements import never, one_of, rope_scaling
from app.core.text import text

AT, FORWARD = LAYER + "attention.", LAYER + "feed_forward."

# internlm/internlm2_5-7b-chat configuration_internlm2.py, InternLM2Config
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "max_position_embeddings": 2048,
    "rope_theta": 10000.0,
    "bias": True,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    return {**sizes, "qkv": sizes["q_dim"] + 2 * sizes["kv_dim"]}


def _rotary_part(layer: Layer, first: int, last: int) -> Change:
    """Some heads of each group, their rows ordered as for Llama: llama.cpp conversion/internlm.py, modify_tensors."""
    kv_heads, half = layer.sizes["kv_heads"], layer.sizes["head"] // 2
    view = (kv_heads, layer.sizes["heads"] // kv_heads + 2, 2, half)
    part = ((0, kv_heads), (first, last), (0, 2), (0, half))
    return Change(Rows((Pick(view, (0, 1, 3, 2), part),), text("part of wqkv")))


def _queries(layer: Layer) -> Change:
    return _rotary_part(layer, 0, layer.sizes["heads"] // layer.sizes["kv_heads"])


def _keys(layer: Layer) -> Change:
    count = layer.sizes["heads"] // layer.sizes["kv_heads"]
    return _rotary_part(layer, count, count + 1)


def _values(layer: Layer) -> Change:
    kv_heads, head = layer.sizes["kv_heads"], layer.sizes["head"]
    count = layer.sizes["heads"] // kv_heads
    part = ((0, kv_heads), (count + 1, count + 2), (0, head))
    return Change(Rows((Pick((kv_heads, count + 2, head), part=part),), text("part of wqkv")))


QKV = tuple(
    TensorRule(AT + "wqkv.weight", ("qkv", "hidden"), part, mapped=f"{AT}{name}.weight", written=(rows, "hidden"))
    for name, rows, part in (("wq", "q_dim", _queries), ("wk", "kv_dim", _keys), ("wv", "kv_dim", _values))
)

INTERNLM2 = Architecture(
    name="InternLM 2",
    model_types=("internlm2",),
    gguf="internlm2",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/internlm2.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/internlm2.py: no output when tie_word_embeddings is set",
    ties_by_default=False,  # InternLM2Config, and mlx-lm
    defaults=DEFAULTS,
    embedding="model.tok_embeddings.weight",
    lm_head="output.weight",
    tensors=(
        TensorRule("model.tok_embeddings.weight", ("vocabulary", "hidden")),
        vector("model.norm"),
        TensorRule("output.weight", ("vocabulary", "hidden"), optional=True),
        vector(LAYER + "attention_norm"),
        vector(LAYER + "ffn_norm"),
        *QKV,
        TensorRule(AT + "wo.weight", ("hidden", "q_dim")),
        TensorRule(FORWARD + "w1.weight", ("intermediate", "hidden")),
        TensorRule(FORWARD + "w2.weight", ("hidden", "intermediate")),
        TensorRule(FORWARD + "w3.weight", ("intermediate", "hidden")),
    ),
    metadata=DECODER_METADATA,
    requirements=(  # llama.cpp src/models/internlm2.cpp
        one_of("hidden_act", "silu"),
        never("bias", text("attention without biases")),
        rope_scaling("linear"),
    ),
    sizes=_sizes,
)

FAMILIES = (INTERNLM2,)
