"""Lille: Llama's graph under names of its own; rotary pairs are neighbours already, so that no rows move.

So mlx-lm has it. The author's PyTorch code pairs neighbours with the angles of halves, which no engine computes.
"""

from app.core.architectures.vocabulary import *

BLOCK = "transformer.layers.{}."


def _width(config: Config) -> int:
    """mlx_lm/models/lille-130m.py, Lille130mMLP."""
    return 256 * round(int(8 * config["n_embd"] / 3) / 256)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    llama = {
        "hidden_size": config["n_embd"],
        "intermediate_size": _width(config),
        "num_attention_heads": config["n_head"],
        "num_key_value_heads": config["n_kv_heads"],
    }
    return fused.qkv_sizes(llama, layer)


LILLE = Architecture(
    name="Lille",
    model_types=("lille-130m",),
    gguf="llama",
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/lille-130m.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.NEVER, ties=True),
    dropped={"transformer.rotary_emb.": text("llama.cpp computes the rotary frequencies itself")},
    embedding="transformer.tok_embeddings.weight",
    lm_head="transformer.lm_head.weight",
    parts=(
        ends(embedding="transformer.tok_embeddings", norm="transformer.norm", head="transformer.lm_head"),
        norms(names={"attention.norm": "attn_norm", "feed_forward.norm": "ffn_norm"}, at=BLOCK),
        Part(matrix(BLOCK + "attention.qkv_proj", "attn_qkv", "qkv", "hidden")),
        Part(matrix(BLOCK + "attention.out_proj", "attn_output", "hidden", "q_dim")),
        mlp(at=BLOCK + "feed_forward"),
        rope(),
    ),
    metadata=(
        gpt.LAYERS,
        u32(Keys.LLM.CONTEXT_LENGTH, "block_size"),
        gpt.WIDTH,
        u32(Keys.LLM.FEED_FORWARD_LENGTH, "n_embd", value=_width),
        gpt.HEADS,
        u32(Keys.Attention.HEAD_COUNT_KV, "n_kv_heads"),
        rows.ROPE_BASE,
        f32(Keys.Attention.LAYERNORM_RMS_EPS, "layer_norm_eps"),
        VOCAB_SIZE,
        u32(Keys.Rope.DIMENSION_COUNT, value=lambda c: c["n_embd"] // c["n_head"]),
    ),
    sizes=_sizes,
)
