"""Qwen, the first one: GPT-2's names, Q, K and V in one matrix, a gate of half of intermediate_size."""

from app.core.architectures.vocabulary import *

BLOCK = "transformer.h.{}."

# What config.json sets for texts longer than seq_length (dynamic NTK, logn) is in neither engine
QWEN = Architecture(
    name="Qwen",
    model_types=("qwen",),
    gguf="qwen",
    sources=("src/models/qwen.cpp", "conversion/qwen.py", "mlx_lm/models/qwen.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),  # QWenConfig
    defaults={  # Qwen/Qwen-7B configuration_qwen.py, QWenConfig
        **lengths(layers=32, hidden=4096, intermediate=22016, heads=32),
        "kv_channels": 128,
        "layer_norm_epsilon": 1e-6,
        "max_position_embeddings": 8192,
        "rotary_emb_base": 10000,
        "no_bias": True,
    },
    embedding="transformer.wte.weight",
    parts=(
        decoder(embedding="transformer.wte", norm="transformer.ln_f"),
        norms(names={"ln_1": "attn_norm", "ln_2": "ffn_norm"}, at=BLOCK),
        rope(),
    ),
    tensors=(
        *matrix(BLOCK + "attn.c_attn", "attn_qkv", "3*hidden", "hidden", bias=True),
        tensor(BLOCK + "attn.c_proj.weight", "attn_output.weight", "hidden", "hidden"),
        tensor(BLOCK + "mlp.w1.weight", "ffn_up.weight", "intermediate/2", "hidden"),
        tensor(BLOCK + "mlp.w2.weight", "ffn_gate.weight", "intermediate/2", "hidden"),
        tensor(BLOCK + "mlp.c_proj.weight", "ffn_down.weight", "hidden", "intermediate/2"),
    ),
    metadata=(rows.RMS_EPSILON_OF_GPT2,),
    requirements=(
        *fixed(no_bias=True, rotary_pct=1.0),
        OWN_HEAD,
        Requirement(
            "kv_channels", EVEN, lambda c: bool(c["kv_channels"] * c["num_attention_heads"] == c["hidden_size"])
        ),
        even_heads(),
        AS_MANY_KV_HEADS,
    ),
    sizes=lambda config, _: {"3*hidden": 3 * config["hidden_size"], "intermediate/2": config["intermediate_size"] // 2},
)
