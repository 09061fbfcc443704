"""InternLM 2 and 2.5: Q, K and V in one matrix, group by group; GGUF has them apart, ordered for rope."""

from app.core.architectures.vocabulary import *

AT, FORWARD = LAYER + "attention.", LAYER + "feed_forward."


def _of_each_group(letter: str) -> ChangeFor:
    """Some heads, those of Q and K with rows ordered as for Llama: llama.cpp conversion/internlm.py, modify_tensors."""

    def change(layer: Layer) -> Change:
        kv_heads, head = layer.sizes["kv_heads"], layer.sizes["head"]
        count = layer.sizes["heads"] // kv_heads
        heads = {"q": (0, count), "k": (count, count + 1), "v": (count + 1, count + 2)}[letter]
        if letter == "v":
            pick = Pick((kv_heads, count + 2, head), part=((0, kv_heads), heads, (0, head)))
        else:
            part = ((0, kv_heads), heads, (0, 2), (0, head // 2))
            pick = Pick((kv_heads, count + 2, 2, head // 2), (0, 1, 3, 2), part)
        return Change(Rows((pick,), text("part of wqkv")))

    return change


QKV = tuple(
    tensor(
        AT + "wqkv.weight",
        f"attn_{letter}.weight",
        "qkv",
        "hidden",
        change=_of_each_group(letter),
        written=(rows, "hidden"),
    )
    for letter, rows in {"q": "q_dim", "k": "kv_dim", "v": "kv_dim"}.items()
)

INTERNLM2 = Architecture(
    name="InternLM 2",
    model_types=("internlm2",),
    gguf="internlm2",
    sources=("src/models/internlm2.cpp", "conversion/internlm.py", "mlx_lm/models/internlm2.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),  # InternLM2Config, and mlx-lm
    # internlm/internlm2_5-7b-chat configuration_internlm2.py, InternLM2Config
    defaults={"num_key_value_heads": query_heads, **common(context=2048, theta=10000.0), "bias": True},
    embedding="model.tok_embeddings.weight",
    lm_head="output.weight",
    parts=(
        decoder(embedding="model.tok_embeddings", head="output"),
        norms(names={"attention_norm": "attn_norm", "ffn_norm": "ffn_norm"}),
        Part(QKV, sizes=fused.qkv_sizes),
        rope("linear"),
    ),
    tensors=(  # llama.cpp writes w2 before w3
        *matrix(AT + "wo", "attn_output", "hidden", "q_dim"),
        *matrix(FORWARD + "w1", "ffn_gate", "intermediate", "hidden"),
        *matrix(FORWARD + "w2", "ffn_down", "hidden", "intermediate"),
        *matrix(FORWARD + "w3", "ffn_up", "intermediate", "hidden"),
    ),
    requirements=(SILU, HALVES, never("bias", text("attention without biases"))),
)
