"""Spark 2.5: queries, keys and values in one matrix, a gate for each head, rotary sizes by kind of layer."""

from app.core.architectures.vocabulary import *

SPARK = Architecture(
    name="Spark 2.5",
    model_types=("spark2_5",),
    gguf="spark2_5",
    sources=("src/models/spark2-5.cpp", "conversion/spark2_5.py", "mlx_lm/models/spark2_5.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),  # mlx-lm's ModelArgs; there is no class in transformers
    defaults={  # mlx-lm models/spark2_5.py, ModelArgs
        **common(context=8192, epsilon=1e-6, theta=10000.0),
        "hidden_act": "gelu",
        "gate_attn_act_mode": "sigmoid",
        "headwise_attn_output_gate": True,
        "partial_rotary_factor": 1.0,
        "local_partial_rotary_factor": 1.0,
        "layer_types": windows.full_every(4),
    },
    embedding="model.embedding.weight",
    prefixes=(("model.embed_tokens.", "model.embedding."),),
    parts=(
        decoder(embedding="model.embedding"),
        norms(),
        fused.qkv(ATTENTION + ".q_k_v_proj"),
        gate_of_heads(),
        Part.of(tensor(f"{ATTENTION}.out_proj.weight", "attn_output.weight", "hidden", "q_dim")),
        mlp(),
        rope(by="mlx-lm"),
    ),
    metadata=(
        VOCAB_SIZE,
        windows.WIDTH,
        windows.PATTERN,
        share_of_head(),
        share_of_head("local_partial_rotary_factor", Keys.Rope.DIMENSION_COUNT_SWA),
    ),
    requirements=(
        *fixed(hidden_act="gelu", gate_attn_act_mode="sigmoid", headwise_attn_output_gate=True),
        NO_OUTPUT_BIAS,
        NO_MLP_BIAS,
        rope_scaling(by="mlx-lm", of="local_rope_scaling"),
        windows.BOTH_KINDS,
    ),
)
